"""What happens to jobs on a cluster when a disk is full: the submitter's, or their own volume."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.client import Cluster
from cluster.homes import ENGINES, home_of, succeeded, write_clusters
from faults.small_disk import on_small_disk
from longboat.api import Client
from longboat.spec.clusters import clusters_file

pytestmark = pytest.mark.own_cluster
SIZE = "6m"
SCRIPT = """\
import pathlib
import longboat
size = longboat.params(size=1).size
pathlib.Path(longboat.checkpoint_dir(), "checkpoint").write_bytes(bytes(size))
"""


def test_the_submitters_disk_is_full(
    tmp_path: Path, cluster: Cluster, kubeconfig: Path, python_image: str
) -> None:
    (tmp_path / "home").mkdir()
    configuration = tmp_path / "configuration"
    write_clusters(configuration, cluster, kubeconfig, python_image)
    command = [sys.executable, "-m", "cluster.full_home", str(tmp_path)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "LONGBOAT_CLUSTERS": str(clusters_file(configuration)),
    }
    inside = on_small_disk(tmp_path / "home", SIZE, command)
    done = subprocess.run(inside, capture_output=True, text=True, env=environment, timeout=200)
    assert done.returncode == 0, done.stderr[-6000:]


@pytest.fixture
def client(
    tmp_path: Path, cluster: Cluster, kubeconfig: Path, python_image: str, tiny_volume: str
) -> Iterator[Client]:
    write_clusters(tmp_path / "home", cluster, kubeconfig, python_image, volume=tiny_volume)
    with home_of(tmp_path / "home") as client:
        yield client


def test_the_volume_is_full(client: Client, tmp_path: Path, tiny_volume: str) -> None:
    """The user sees the error where it happened; a job that writes nothing there is well."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    small = {"cpu": 0.2, "memory": "128M"}
    jobs = [
        client.submit(script, backend=engine, parameters={"size": 8 << 20}, **small)
        for engine in ENGINES
    ]
    for job in jobs:
        status = job.wait(timeout=90)
        assert (status.state, status.reason) == ("failed", "disk-full"), status
        assert f"No space was left on the volume {tiny_volume}, where worker-0" in status.message
        assert "longboat rm removes a job with what it has on that volume" in status.message
        log = (job.directory / "attempts/1/worker-0/log").read_text()
        assert "write_bytes(bytes(size))" in log and "No space left on device" in log
    succeeded(client.submit(script, backend=ENGINES[0], parameters={"size": 0}, **small))
