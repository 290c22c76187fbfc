"""A thousand jobs of one home on a cluster, most of them waiting for room."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.client import Cluster, wait_until
from cluster.fake_nodes import TOLERATION, fake_node
from cluster.homes import ENGINES, processes_of, toml
from longboat.api import Client, Job
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import (
    NETWORK_POLICIES,
    PODS,
    SECRETS,
    TF_JOBS,
    TRAIN_JOBS,
    TRAINING_RUNTIMES,
    Kind,
)
from longboat.backends.kubernetes.facts import ClusterFacts, read_facts
from longboat.backends.kubernetes.objects.naming import ALL_OURS, JOB
from longboat.records.status import FINAL
from longboat.spec.cluster import Engine
from longboat.spec.clusters import clusters_file, read_clusters
from soak.conftest import Tell
from soak.footprint import COURIER, STEWARD, footprint, load

pytestmark = [pytest.mark.own_cluster, pytest.mark.timeout(7200)]
ROOM = 20
"""Pods that seem to run; all others wait for room."""
DELETED = 50
"""Jobs whose objects somebody deletes while nobody looks."""
MEMORY = 150 << 20
RECONCILED_SECONDS = 5.0
REST_SECONDS = 20.0
OURS: dict[Engine, tuple[Kind, ...]] = {
    "trainjob": (TRAIN_JOBS, TRAINING_RUNTIMES),
    "tfjob": (TF_JOBS,),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    name: Engine = request.param
    return name


@pytest.fixture
def client(
    tmp_path: Path, cluster: Cluster, kubeconfig: Path, python_image: str, engine: Engine
) -> Iterator[Client]:
    """A home whose cluster is one fake node."""
    home = tmp_path / "home"
    home.mkdir()
    with fake_node(cluster, ROOM) as selector:
        table = {
            "kubeconfig": str(kubeconfig),
            "namespace": cluster.namespace,
            "image": python_image,
            "engine": engine,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
        lines += [f"node_selector = {toml(selector)}", f"tolerations = {toml([TOLERATION])}"]
        clusters_file(home).write_text("\n".join(["[fake]", *lines]) + "\n")
        yield Client(home)
        for module in (STEWARD, COURIER):
            kill(Client(home), module)
        forget(Access(read_clusters(clusters_file(home))["fake"]), engine)


def forget(access: Access, engine: Engine) -> None:
    """Delete what a test that failed has left: its jobs would make their pods anew."""
    kind = OURS[engine][0]
    for each in access.list(kind, labels=ALL_OURS).items:
        access.delete(kind, each["metadata"]["name"])
    wait_until(lambda: not access.list(PODS, labels=ALL_OURS).items, "the end of all pods")


def kill(client: Client, module: str) -> None:
    for pid in processes_of(client, module):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes_of(client, module), f"the end of {module}")


def test_a_thousand_jobs_of_one_home(
    client: Client, cluster: Cluster, tmp_path: Path, amount: Callable[[str], int], tell: Tell
) -> None:
    """Few connections, little memory, found again after a crash, and gone when they are removed."""
    crowd = Crowd(client, tell)
    crowd.submit(tmp_path, amount("JOBS"))
    crowd.is_at_rest()
    crowd.some_pods_end(cluster)
    crowd.is_found_again()
    crowd.is_gone()


class Crowd:
    """The jobs, and what is asked of them, one thing after the other."""

    def __init__(self, client: Client, tell: Tell) -> None:
        self._client = client
        self._tell = tell
        self._config = read_clusters(clusters_file(client.engine.home.path))["fake"]
        self._access = Access(self._config)
        self._jobs: list[Job] = []

    def submit(self, folder: Path, count: int) -> None:
        """Submit all of them; return when each has a pod, which runs or waits for room."""
        script = folder / "script.py"
        script.write_text("print('never printed')\n")
        began = time.monotonic()
        asked = {"backend": "fake", "cpu": 0.1, "memory": "128M"}
        plan = self._client.plan(script, **asked)
        self._jobs = [self._client.commit(plan) for _ in range(count)]
        self._say(began, f"{count} jobs submitted")
        self._reach(is_accepted, "accepted by the API server")
        self._say(began, "all accepted by the API server")
        room = min(ROOM, count)
        wait_until(
            lambda: self._states()["queued"] <= count - room and len(self._pods()) == count,
            f"a pod for each job, {self._states()}",
            seconds=3600,
        )
        self._reach(lambda job: job.status.reason != "waiting-queue", "told what they wait for")
        self._say(began, f"each has its pod; states {self._states()}, reasons {self._reasons()}")

    def is_at_rest(self) -> None:
        """See what the two processes hold and use while nothing happens."""
        for module in (COURIER, STEWARD):
            pid = self._process(module)
            share = load(pid, REST_SECONDS)
            found = footprint(pid)
            self._tell(f"{module} at rest: {found}, {share:.0%} of a core")
            assert found.memory <= MEMORY, found
            # A watch for each kind, a call under way, and one for each log that is read.
            assert found.sockets <= 5 + ROOM, found

    def some_pods_end(self, cluster: Cluster) -> None:
        """Some end, and others take their places."""
        began = time.monotonic()
        running = [pod for pod in self._pods() if pod["status"].get("phase") == "Running"]
        chosen = running[: ROOM // 2]
        for pod in chosen:
            changes = {"metadata": {"labels": {"longboat.test/fate": "succeeds"}}}
            cluster.core.patch_namespaced_pod(pod["metadata"]["name"], cluster.namespace, changes)
        wait_until(
            lambda: sum(job.status.state in FINAL for job in self._jobs) >= len(chosen),
            f"the end of {len(chosen)} jobs, {self._states()}",
            seconds=300,
        )
        self._say(began, f"pods of {len(chosen)} jobs ended: {self._states()}")

    def is_found_again(self) -> None:
        """Both processes are killed; what happens meanwhile is known soon after they are back."""
        for module in (STEWARD, COURIER):
            kill(self._client, module)
        waiting = [job for job in self._jobs if job.status.state == "queued"]
        chosen = random.sample(waiting, min(DELETED, len(waiting) // 2))
        for job in chosen:
            self._access.delete(OURS[facts_of(job).engine][0], facts_of(job).name)
        ids = {job.id for job in chosen}
        wait_until(
            lambda: not ids & {pod["metadata"]["labels"][JOB] for pod in self._pods()},
            "the cluster has deleted their pods",
            seconds=300,
        )
        began = time.monotonic()
        self._client.jobs(limit=1)
        wait_until(
            lambda: all(job.status.state in FINAL for job in chosen),
            f"{len(chosen)} jobs are known to have ended",
            seconds=60,
        )
        seconds = time.monotonic() - began
        self._say(began, f"back after a crash, with {len(chosen)} jobs that had ended meanwhile")
        others = [job for job in waiting if job not in chosen]
        assert {job.status.state for job in others} <= {"queued", "starting", "running"}
        assert seconds <= RECONCILED_SECONDS

    def is_gone(self) -> None:
        """Stop and remove all of them: nothing is left, here or there."""
        began = time.monotonic()
        for job in self._jobs:
            job.stop()
        self._reach(lambda job: job.status.state in FINAL, "ended")
        self._say(began, f"all stopped: {self._states()}")
        self._reach(lambda job: job.status.settled, "settled")
        for job in self._jobs:
            job.remove()
        assert not self._client.jobs()
        kinds = (*OURS[self._config.engine or "trainjob"], SECRETS, NETWORK_POLICIES, PODS)
        wait_until(
            lambda: not any(self._access.list(kind, labels=ALL_OURS).items for kind in kinds),
            "nothing is left on the cluster",
            seconds=600,
        )
        self._say(began, "all removed, nothing left on the cluster")
        for module in (COURIER, STEWARD):
            for pid in processes_of(self._client, module):
                self._tell(f"{module} in the end: {footprint(pid)}")

    def _reach(self, condition: Callable[[Job], bool], what: str, seconds: float = 3600) -> None:
        """Wait until it holds of every job; each that it holds of is not asked again."""
        left = list(self._jobs)

        def none_left() -> bool:
            left[:] = [job for job in left if not condition(job)]
            return not left

        wait_until(none_left, f"all jobs are {what}, not the last {len(left)}", seconds=seconds)

    def _process(self, module: str) -> int:
        (pid,) = processes_of(self._client, module)
        return pid

    def _pods(self) -> list[dict[str, Any]]:
        return self._access.list(PODS, labels=ALL_OURS).items

    def _states(self) -> Counter[str]:
        return Counter(job.status.state for job in self._jobs)

    def _reasons(self) -> Counter[str]:
        return Counter(job.status.reason for job in self._jobs)

    def _say(self, began: float, what: str) -> None:
        self._tell(f"{what} after {time.monotonic() - began:.1f} s")


def is_accepted(job: Job) -> bool:
    facts = read_facts(job.directory / "attempts/1/cluster.json")
    return facts is not None and facts.accepted


def facts_of(job: Job) -> ClusterFacts:
    facts = read_facts(job.directory / "attempts/1/cluster.json")
    assert facts is not None
    return facts
