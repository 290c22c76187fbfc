"""A sender that is killed between two Secrets: all of them are completed, or deleted by name."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cluster.client import Cluster, wait_until
from cluster.homes import ENGINES, write_clusters
from cluster.launches import launch_of
from longboat.backends.base import Launch
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.backend import KubernetesBackend
from longboat.backends.kubernetes.facts import read_facts
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.backends.kubernetes.sending import job_kind
from longboat.records.layout import Home, RunDirectory
from longboat.records.names import random_id
from longboat.spec.cluster import ClusterConfig
from longboat.spec.clusters import clusters_file, read_clusters

START_AND_DIE = """\
import os, pickle, signal, sys, threading
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import SECRETS

make, launch, most = pickle.load(sys.stdin.buffer)
create, made, one_by_one = Access.create, [], threading.Lock()

def create_or_die(access, kind, manifest):
    with one_by_one:
        found = create(access, kind, manifest)
        made.extend([kind] if kind == SECRETS else [])
        if len(made) == most:
            os.kill(os.getpid(), signal.SIGKILL)
    return found

Access.create = create_or_die
make().start(launch)
"""
MADE = 3
"""Secrets that there are when the sender is killed."""
IN_ALL = 6
ENDS = ("succeeded", "failed", "stopped")


@pytest.fixture(params=ENGINES)
def config(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    cluster: Cluster,
    kubeconfig: Path,
    python_image: str,
) -> ClusterConfig:
    write_clusters(tmp_path / "home", cluster, kubeconfig, python_image)
    return read_clusters(clusters_file(tmp_path / "home"))[request.param]


@pytest.fixture
def make(tmp_path: Path, config: ClusterConfig) -> Callable[[], KubernetesBackend]:
    return partial(KubernetesBackend, Home(tmp_path / "home"), config)


@pytest.fixture
def begun(tmp_path: Path, make: Callable[[], KubernetesBackend], cluster: Cluster) -> Launch:
    """A launch of 5 MiB, of which some Secrets are there and no process."""
    launch = launch_of(tmp_path, job=random_id(), files={"noise.bin": os.urandom(5 << 20)})
    done = subprocess.run(
        [sys.executable, "-c", START_AND_DIE],
        input=pickle.dumps((make, launch, MADE)),
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    assert len(secrets_of(cluster, launch)) == MADE
    return launch


def secrets_of(cluster: Cluster, launch: Launch) -> list[str]:
    listed = cluster.core.list_namespaced_secret(
        cluster.namespace, label_selector=f"{JOB}={launch.ref.job}"
    )
    return [each.metadata.name for each in listed.items]


def test_the_next_start_sends_what_is_missing(
    begun: Launch, make: Callable[[], KubernetesBackend], cluster: Cluster
) -> None:
    backend = make()
    assert backend.start(begun) is None
    assert len(secrets_of(cluster, begun)) == IN_ALL
    phase = wait_until(
        lambda: (now := backend.observe([begun.ref])[begun.ref].phase) in ENDS and now,
        "the end of the attempt",
    )
    assert phase == "succeeded"
    backend.clean(begun.ref)
    assert not secrets_of(cluster, begun)


def test_what_has_lost_its_owner_is_deleted_by_its_names(
    begun: Launch, make: Callable[[], KubernetesBackend], cluster: Cluster, config: ClusterConfig
) -> None:
    path = RunDirectory(begun.run_directory).attempt(1).cluster
    facts = read_facts(path)
    assert facts is not None
    assert (facts.accepted, facts.secrets) == (False, IN_ALL)
    access, kind = Access(config), job_kind(facts.engine)
    access.delete(kind, facts.name, "Orphan")
    wait_until(lambda: access.get(kind, facts.name) is None, "the owner is gone")
    assert len(secrets_of(cluster, begun)) == MADE
    make().clean(begun.ref)
    assert not secrets_of(cluster, begun)
    assert not path.exists()
