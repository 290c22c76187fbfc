"""The cluster to measure on: the one of ``make cluster``, or the one that KUBECONFIG names."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.homes import bench_home
from cluster.homes import home_of, write_clusters
from cluster.images import PYTHON
from cluster.layout import BIN, KUBECONFIG
from longboat.api import Client

NONE = "No cluster to measure on. `make cluster` brings one up here; or name one in KUBECONFIG."


class Place(NamedTuple):
    """A namespace of this run's own, and a home that knows it."""

    client: Client
    work: Path
    kubeconfig: Path
    namespace: str


def kubeconfig() -> Path | None:
    """Where the cluster's kubeconfig lies; None when there is no cluster."""
    path = Path(os.environ.get("KUBECONFIG", KUBECONFIG))
    return path if path.is_file() else None


@contextmanager
def cluster_place(path: Path) -> Iterator[Place]:
    """Make the place, and leave nothing of it."""
    import kubernetes

    from cluster.client import Cluster

    with kubernetes.config.new_client_from_config(str(path)) as api, bench_home() as (_, work):
        cluster = Cluster(api, f"longboat-bench-{secrets.token_hex(4)}")
        cluster.create_namespace()
        home = work.parent / "home"
        write_clusters(home, cluster, path, os.environ.get("LONGBOAT_TEST_IMAGE", PYTHON))
        try:
            with home_of(home) as client:
                yield Place(client, work, path, cluster.namespace)
        finally:
            cluster.delete_namespace()


def kubectl(place: Place, *words: str) -> list[str]:
    """The command line of kubectl in the place's namespace."""
    built = BIN / "kubectl"
    program = str(built) if built.is_file() else shutil.which("kubectl")
    assert program, "kubectl is needed for comparison"
    return [program, f"--kubeconfig={place.kubeconfig}", f"--namespace={place.namespace}", *words]
