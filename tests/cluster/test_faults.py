"""What happens to jobs on a cluster when something is killed: nothing is lost, one end state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cluster import counting
from cluster.client import Cluster, wait_until
from cluster.counting import WHOLE, log_of, write_script
from cluster.homes import ENGINES, kill, pods_of, processes_of, succeeded
from cluster.outages import without_api_server
from longboat import summoning
from longboat.api import Client, Job


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def submit(client: Client, tmp_path: Path, engine: str) -> Callable[..., Job]:
    """Submit the script; gives the job once its first lines are here."""
    return partial(counting.submit, client, write_script(tmp_path), backend=engine)


def test_the_courier_is_killed_again_and_again(client: Client, submit: Callable[..., Job]) -> None:
    """Another goes on exactly where it was: no line is lost, none comes twice."""
    job = submit(workers=2)
    for part in (0.2, 0.4, 0.6):
        wait_until(lambda part=part: len(log_of(job)) > part * len(WHOLE), f"{part} of the log")
        kill(processes_of(client, "longboat.backends.kubernetes.courier"))
    succeeded(job)
    assert (log_of(job), log_of(job, "worker-1")) == (WHOLE, WHOLE)


def test_the_steward_and_the_courier_are_killed(client: Client, submit: Callable[..., Job]) -> None:
    """Nobody looks while the job ends; the next call of anybody finds how."""
    job = submit()
    kill(processes_of(client, "longboat.steward"))
    kill(processes_of(client, "longboat.backends.kubernetes.courier"))
    wait_until(lambda: not summoning.lock_of(client.engine.home).held(), "the steward is gone")
    succeeded(job)
    assert log_of(job) == WHOLE
    assert job.metrics() == {"done": 1}


def test_a_pod_is_deleted(client: Client, submit: Callable[..., Job], cluster: Cluster) -> None:
    """One end state, with a sentence; what it had printed is here."""
    job = submit(workers=2, parameters={"pause": 0.1})
    victim = next(pod for pod in pods_of(cluster, job) if "worker" in pod)
    cluster.core.delete_namespaced_pod(victim, cluster.namespace)
    status = job.wait(timeout=90)
    assert status.state == "failed", status
    assert status.message.endswith(".") and "worker-" in status.message
    assert WHOLE.startswith(log_of(job).split("[longboat")[0])


def test_the_job_object_is_deleted_by_somebody(
    client: Client, submit: Callable[..., Job], cluster: Cluster, engine: str
) -> None:
    job = submit(parameters={"pause": 0.1})
    group, version, plural = {
        "trainjob": ("trainer.kubeflow.org", "v1alpha1", "trainjobs"),
        "tfjob": ("kubeflow.org", "v1", "tfjobs"),
    }[engine]
    name = f"{job.record.spec.name}-{job.id}-1"
    cluster.custom.delete_namespaced_custom_object(group, version, cluster.namespace, plural, name)
    status = job.wait(timeout=90)
    assert status.state in ("stopped", "failed")
    assert status.message
    wait_until(lambda: not pods_of(cluster, job), "its pods are gone")


@pytest.mark.own_cluster
def test_the_api_server_is_away(submit: Callable[..., Job]) -> None:
    """For a while nothing is seen, nothing is judged; then all of it is here."""
    job = submit()
    with without_api_server(), pytest.raises(TimeoutError):
        job.wait(timeout=8)
    succeeded(job)
    assert log_of(job) == WHOLE
