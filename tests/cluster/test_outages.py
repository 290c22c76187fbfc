"""What happens to jobs when parts of the cluster go away: nothing is lost, one end state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cluster import outages
from cluster.client import Cluster, wait_until
from cluster.counting import SMALL, WHOLE, has_printed_all, log_of, submit, write_script
from cluster.homes import ENGINES, home_of, succeeded, write_clusters
from longboat.api import Client, Job
from longboat.backends.kubernetes.objects.naming import JOB

pytestmark = pytest.mark.own_cluster


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write_script(tmp_path)


def run_both(client: Client, script: Path, **asked: object) -> list[Job]:
    """Submit one for each engine; gives them once their first lines are here."""
    return [submit(client, script, backend=engine, **asked) for engine in ENGINES]


def facts_of(job: Job) -> dict[str, Any]:
    path = job.directory / "attempts/1/cluster.json"
    facts: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {"pods": {}}
    return facts


def nothing_is_left(cluster: Cluster, jobs: list[Job]) -> None:
    for job in jobs:
        left = f"{JOB}={job.id}"
        wait_until(lambda left=left: not cluster.objects(left), "nothing of it is on the cluster")


def test_the_kubelet_is_killed(client: Client, script: Path) -> None:
    """Pods go on without it to their end, and then all is here."""
    jobs = run_both(client, script)
    with outages.without_kubelet():
        for job in jobs:
            wait_until(lambda job=job: has_printed_all(job), "its end on the node")
            assert job.status.state == "running"
    for job in jobs:
        succeeded(job)
        assert log_of(job) == WHOLE


def test_containerd_is_killed(client: Client, script: Path) -> None:
    """Containers go on without it; of what it had not yet written it is told that it is lost."""
    jobs = run_both(client, script)
    with outages.without_containerd():
        pass
    for job in jobs:
        succeeded(job)
        lost = told_lost(job)
        missing = set(WHOLE.splitlines()) - set(log_of(job).splitlines())
        assert bool(missing) == bool(lost), (missing, lost)
        assert log_of(job) == WHOLE or lost


def told_lost(job: Job) -> int:
    """Bytes of the log of which was told that they are lost."""
    events = (job.directory / "attempts/1/worker-0/events.jsonl").read_text().splitlines()
    gaps = [event for event in map(json.loads, events) if event["kind"] == "gap"]
    return sum(gap["bytes"] for gap in gaps)


def test_controllers_are_killed(client: Client, script: Path, cluster: Cluster) -> None:
    """Just after submit, where others make what was to be made; and while jobs run, which go on."""
    jobs = [client.submit(script, backend=engine, **SMALL) for engine in ENGINES]
    outages.kill_job_controllers()
    outages.replace_job_controllers()
    with outages.without_controller_manager():
        pass
    for job in jobs:
        wait_until(lambda job=job: log_of(job), f"the first lines of {job}", seconds=150)
    with outages.without_controller_manager():
        outages.kill_job_controllers()
        for job in jobs:
            assert log_of(succeeded(job)) == WHOLE
    nothing_is_left(cluster, jobs)


def test_a_stop_needs_no_controllers_of_jobs(
    client: Client, script: Path, cluster: Cluster
) -> None:
    """Nobody obeys, so the courier has the cluster's own collector end all pods."""
    jobs = run_both(client, script, workers=2, parameters={"pause": 0.1})
    with outages.without_job_controllers():
        for job in jobs:
            job.stop()
        with outages.without_controller_manager():
            for job in jobs:
                wait_until(lambda job=job: facts_of(job)["told_to_end"], "the cluster is told")
        for job in jobs:
            status = job.wait(timeout=90)
            assert (status.state, status.reason) == ("stopped", "stopped-by-user")
        nothing_is_left(cluster, jobs)


def test_the_namespace_is_deleted(
    cluster: Cluster, kubeconfig: Path, python_image: str, tmp_path: Path, script: Path
) -> None:
    """Its jobs say what has become of them and can be removed; it takes no other."""
    own = Cluster(cluster.core.api_client, f"{cluster.namespace}-own")
    own.create_namespace()
    write_clusters(tmp_path / "home", own, kubeconfig, python_image)
    with home_of(tmp_path / "home") as client:
        jobs = run_both(client, script, parameters={"pause": 0.1})
        own.core.delete_namespace(own.namespace)
        for job in jobs:
            status = job.wait(timeout=60)
            assert status.state in ("failed", "stopped")
            assert own.namespace in status.message, status
        for engine in ENGINES:
            refused = client.submit(script, backend=engine, **SMALL)
            status = refused.wait(timeout=60)
            assert (status.state, status.reason) == ("failed", "namespace-ending"), status
        own.delete_namespace()
        for engine in ENGINES:
            refused = client.submit(script, backend=engine, **SMALL)
            status = refused.wait(timeout=60)
            assert (status.state, status.reason) == ("failed", "namespace-missing"), status
        for job in client.jobs():
            job.remove()
        wait_until(lambda: not client.jobs(), "they are removed")
