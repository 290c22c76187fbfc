"""What a removed job had on a shared volume is gone from it, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.client import Cluster, wait_until
from cluster.homes import ENGINES, kill, processes_of, succeeded
from longboat.api import Client, Job
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import BATCH_JOBS
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.objects.render_errand import ERRAND
from longboat.spec.clusters import clusters_file, read_clusters

SAVES = """\
import os, pathlib
pathlib.Path(os.environ["LONGBOAT_CHECKPOINT_DIR"], "weights").write_bytes(bytes(1 << 20))
print(*sorted(os.listdir("/longboat/volume/jobs")))
"""
ENGINE = ENGINES[0]


@pytest.fixture
def client(client_with_volume: Client) -> Client:
    return client_with_volume


@pytest.fixture
def run(client: Client, tmp_path: Path) -> Callable[[], Job]:
    """Run a job to its end that saves something, and prints whose folders it sees."""

    def make() -> Job:
        script = tmp_path / "sources" / "saves.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(SAVES)
        job = client.submit(script, backend=ENGINE, cpu=0.2, memory="128M")
        succeeded(job)
        return job

    return make


@pytest.fixture
def nothing_is_left(client: Client, kubeconfig: Path, cluster: Cluster) -> Callable[[], bool]:
    config = read_clusters(clusters_file(client.engine.home.path))[ENGINE]
    notes, access = ErasureNotes(client.engine.home, ENGINE), Access(config)

    def look() -> bool:
        labels = f"{ERRAND}=erase"
        secrets_left = cluster.core.list_namespaced_secret(cluster.namespace, label_selector=labels)
        jobs_left = [each for each in _names(cluster) if access.get(BATCH_JOBS, each)]
        return not (list(notes.jobs()) or secrets_left.items or jobs_left)

    return look


def _names(cluster: Cluster) -> list[str]:
    pods = cluster.core.list_namespaced_pod(cluster.namespace, label_selector=f"{ERRAND}=erase")
    return [pod.metadata.labels["batch.kubernetes.io/job-name"] for pod in pods.items]


def seen_by(job: Job) -> set[str]:
    """Whose folders a job has seen."""
    return set((job.directory / "attempts/1/worker-0/log").read_text().split())


def test_a_removed_job_leaves_nothing_on_its_volume(
    run: Callable[[], Job], nothing_is_left: Callable[[], bool]
) -> None:
    removed, kept = run(), run()
    assert {removed.id, kept.id} <= seen_by(kept)
    removed.remove()
    wait_until(lambda: not removed.directory.exists(), "the end of its record")
    wait_until(nothing_is_left, "the end of what removes it")
    seen = seen_by(run())
    assert kept.id in seen
    assert removed.id not in seen


def test_whoever_removes_it_may_be_killed(
    client: Client, run: Callable[[], Job], nothing_is_left: Callable[[], bool]
) -> None:
    removed = run()
    removed.remove()
    wait_until(lambda: not removed.directory.exists(), "the end of its record")
    killed = wait_until(
        lambda: processes_of(client, "longboat.backends.kubernetes.courier"), "a courier"
    )
    kill(killed)
    client.engine.backends[ENGINE].observe([])
    wait_until(nothing_is_left, "the end of what removes it")
    assert removed.id not in seen_by(run())
