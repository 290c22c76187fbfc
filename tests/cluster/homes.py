"""A person's LONGBOAT_HOME that knows the cluster under test, once for each engine."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster.client import Cluster, wait_until
from longboat.api import Client, Job
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.spec.clusters import clusters_file
from longboat.system.identity import start_time
from longboat.system.processes import table

ENGINES = ("trainjob", "tfjob")
TIMEOUT = 240.0


def write_clusters(
    home: Path, cluster: Cluster, kubeconfig: Path, image: str, **more: object
) -> None:
    """Write clusters.toml: a table for each engine, named like it."""
    home.mkdir(parents=True, exist_ok=True)
    lines = []
    for engine in ENGINES:
        table = {
            "kubeconfig": str(kubeconfig),
            "namespace": cluster.namespace,
            "image": image,
            "engine": engine,
            **more,
        }
        lines += [f"[{engine}]", *(f"{key} = {toml(value)}" for key, value in table.items())]
    clusters_file(home).write_text("\n".join(lines) + "\n")


def toml(value: object) -> str:
    """Write a string, or a list or an inline table of such, as TOML."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)


@contextmanager
def home_of(folder: Path) -> Iterator[Client]:
    """Open a home; whatever runs there is stopped and removed in the end."""
    client = Client(folder)
    yield client
    jobs = client.jobs()
    for job in jobs:
        job.stop()
    for job in jobs:
        job.wait(timeout=60)
        job.remove()


@pytest.fixture
def client(
    tmp_path: Path, cluster: Cluster, kubeconfig: Path, python_image: str
) -> Iterator[Client]:
    """A person whose two clusters run jobs by the one engine and by the other."""
    write_clusters(tmp_path / "home", cluster, kubeconfig, python_image)
    with home_of(tmp_path / "home") as client:
        yield client


def succeeded(job: Job) -> Job:
    """Wait for a job's success; its logs are shown when it fails."""
    status = job.wait(timeout=TIMEOUT)
    logs = "".join(path.read_text() for path in sorted(job.directory.glob("attempts/*/*/log")))
    assert status.state == "succeeded", f"{status}\n{logs[-4000:]}"
    return job


def pods_of(cluster: Cluster, job: Job) -> list[str]:
    """The pods that there are of a job, those that read a copy among them."""
    return cluster.pods(f"{JOB}={job.id}")


def processes_of(client: Client, module: str) -> list[int]:
    """The pids of a home's stewards, or couriers."""
    wanted = {module.encode(), str(client.engine.home.path).encode()}
    return [pid for pid in table() if wanted <= set(_command(pid).split(b"\0"))]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kill(pids: list[int]) -> None:
    """Send SIGKILL to those that there must be, and wait until they hold nothing any more."""
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(start_time(pid) is None for pid in pids), f"the end of {pids}")
