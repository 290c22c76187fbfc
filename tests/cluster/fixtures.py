"""What tests on a cluster are given: the one of ``make cluster``, or the one KUBECONFIG names."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kubernetes
import pytest

from cluster import images, machine
from cluster.accounts import make_account, rules_of_role, write_kubeconfig
from cluster.client import Cluster
from cluster.homes import home_of, write_clusters
from cluster.layout import BUILD, INSIDE, KUBECONFIG
from longboat.api import Client

GIVEN = os.environ.get("KUBECONFIG")


@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    path = Path(GIVEN) if GIVEN else KUBECONFIG
    if not path.is_file():
        pytest.exit(f"There is no kubeconfig at {path}. Bring a cluster up with: make cluster", 1)
    return path


@pytest.fixture(scope="session")
def cluster(kubeconfig: Path) -> Iterator[Cluster]:
    """The cluster, with a namespace for this run alone."""
    with kubernetes.config.new_client_from_config(str(kubeconfig)) as client:
        cluster = Cluster(client, f"longboat-test-{secrets.token_hex(4)}")
        cluster.create_namespace()
        try:
            yield cluster
        finally:
            cluster.delete_namespace()


@pytest.fixture
def own_kubeconfig(tmp_path: Path, cluster: Cluster, kubeconfig: Path) -> Path:
    """That of a person with the role that is shipped, and no other right."""
    token = make_account(cluster, f"user-{secrets.token_hex(4)}", rules_of_role())
    write_kubeconfig(tmp_path / "kubeconfig", kubeconfig, token)
    return tmp_path / "kubeconfig"


@pytest.fixture
def client_with_volume(
    tmp_path: Path, cluster: Cluster, own_kubeconfig: Path, python_image: str, volume: str
) -> Iterator[Client]:
    """Such a person, whose clusters have a shared volume."""
    home = tmp_path / "home"
    write_clusters(home, cluster, own_kubeconfig, python_image, volume=volume)
    with home_of(home) as client:
        yield client


@pytest.fixture(scope="session")
def python_image() -> str:
    """An image with python3, for pods that need no TensorFlow."""
    if not GIVEN:
        return images.PYTHON
    named = os.environ.get("LONGBOAT_TEST_IMAGE")
    if named is None:
        pytest.exit("With KUBECONFIG, LONGBOAT_TEST_IMAGE must name an image with python3.", 1)
    return named


@pytest.fixture(scope="session")
def trainer_image() -> str:
    """An image with TensorFlow and IPython."""
    if not GIVEN:
        return images.TRAINER
    named = os.environ.get("LONGBOAT_TEST_TRAINER")
    if named is None:
        pytest.exit("With KUBECONFIG, LONGBOAT_TEST_TRAINER must name an image like ours.", 1)
    return named


@pytest.fixture(scope="session")
def volume(cluster: Cluster) -> Iterator[str]:
    """A claim on a volume that many pods may write to."""
    if GIVEN:
        storage_class = os.environ.get("LONGBOAT_TEST_STORAGE_CLASS")
        if storage_class is None:
            pytest.exit("With KUBECONFIG, LONGBOAT_TEST_STORAGE_CLASS must offer RWX volumes.", 1)
        yield _claim(cluster, "shared", storageClassName=storage_class)
        return
    with _folder_of_ours(cluster, "shared"):
        yield "shared"


@pytest.fixture
def tiny_volume(cluster: Cluster) -> Iterator[str]:
    """A claim on a volume of 4 MiB; for tests that are marked ``own_cluster``."""
    claim = f"tiny-{secrets.token_hex(4)}"  # the one before may not yet be gone
    with _folder_of_ours(cluster, claim) as folder:
        options = ("-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs")
        machine.run(["mount", *options, str(INSIDE / "volumes" / folder.name)])
        yield claim
        machine.run(["umount", "--lazy", str(INSIDE / "volumes" / folder.name)])


@contextmanager
def _folder_of_ours(cluster: Cluster, claim: str) -> Iterator[Path]:
    """A volume in a folder of the machine of ``make cluster``, with a claim on it."""
    name = f"{cluster.namespace}-{claim}"
    folder = BUILD / "volumes" / name
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    cluster.core.create_persistent_volume(_shared(name, str(INSIDE / "volumes" / name)))
    _claim(cluster, claim, storageClassName="", volumeName=name)
    yield folder
    cluster.core.delete_persistent_volume(name)
    shutil.rmtree(folder, ignore_errors=True)


def _claim(cluster: Cluster, name: str, **source: str) -> str:
    spec = {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
        **source,
    }
    claim = {"metadata": {"name": name}, "spec": spec}
    cluster.core.create_namespaced_persistent_volume_claim(cluster.namespace, claim)
    return name


def _shared(name: str, path: str) -> dict[str, object]:
    return {
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "hostPath": {"path": path},
        },
    }
