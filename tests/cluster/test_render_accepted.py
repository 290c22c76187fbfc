"""What is rendered, before the real API server, its webhooks and the real controllers."""

from __future__ import annotations

import base64
import copy
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.client import Cluster, Object, script, wait_until
from cluster.launches import launch_of
from cluster.layout import BIN
from longboat.backends.base import Launch
from longboat.backends.kubernetes import sending
from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import (
    NETWORK_POLICIES,
    SECRETS,
    TF_JOBS,
    TRAIN_JOBS,
    TRAINING_RUNTIMES,
    Kind,
)
from longboat.backends.kubernetes.objects.naming import JOB, ROLE, replica_of
from longboat.backends.kubernetes.objects.payload import SECRET_LIMIT
from longboat.backends.kubernetes.objects.preview import manifests
from longboat.backends.kubernetes.objects.render import Rendered, render
from longboat.backends.kubernetes.objects.roles import roles
from longboat.records.names import random_id
from longboat.spec.cluster import ClusterConfig, Engine
from longboat.spec.job import Resources
from longboat.views.plan import as_yaml

ENGINES: tuple[Engine, ...] = ("trainjob", "tfjob")
CASES: dict[str, tuple[Object, Object]] = {
    "one-worker": ({}, {}),
    "three-workers": ({"workers": 3}, {}),
    "chief": ({"workers": 2, "chief": True}, {}),
    "all-roles": ({"workers": 2, "chief": True, "ps": 2, "evaluator": True}, {}),
    "longest": (
        {
            **{"name": "n" * 30, "attempt": 101},
            **{"workers": 64, "chief": True, "ps": 64, "evaluator": True},
        },
        {},
    ),
    "gpus": ({"resources": Resources(1.5, 1 << 30, 2)}, {"gpu_resource": "amd.com/gpu"}),
    "volume": ({"volume": "shared"}, {"fs_group": 1000}),
    "secrets": ({"secrets": {"TOKEN": "s3cr3t"}, "env": {"MODE": "fast"}}, {}),
    "several-secrets": ({"workers": 2, "files": {"noise.bin": os.urandom(5 << 19)}}, {}),
    "queue": ({}, {"queue": "team-queue"}),
    "placement": (
        {},
        {
            "node_selector": {"pool": "gpu"},
            "tolerations": ({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"},),
            "image_pull_secrets": ("registry",),
            "service_account": "trainer",
        },
    ),
}
JOBS = Kind("batch/v1", "jobs", "Job")
NOBODY = "none"
"""The index of no replica."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


@pytest.fixture
def config(cluster: Cluster, kubeconfig: Path, python_image: str) -> ClusterConfig:
    return ClusterConfig(
        name="test",
        kubeconfig=str(kubeconfig),
        namespace=cluster.namespace,
        image=python_image,
    )


@pytest.fixture
def access(config: ClusterConfig) -> Access:
    return Access(config)


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    return lambda **wanted: launch_of(tmp_path, **{"job": random_id(), **wanted})


class Sent:
    """An attempt on the cluster whose replicas call the roll."""

    def __init__(self, cluster: Cluster, access: Access, engine: Engine, launch: Launch) -> None:
        self._cluster, self._access, self.engine = cluster, access, engine
        self.launch = launch
        self.selector = f"{JOB}={launch.ref.job}"

    def send(self, objects: Rendered) -> None:
        """Have it run."""
        self.name = objects.job["metadata"]["name"]
        sending.send(self._access, self.engine, objects, queued=False)

    def pods(self) -> dict[str, Any]:
        """Its pods by the replica that each is."""
        listed = self._cluster.core.list_namespaced_pod(
            self._cluster.namespace, label_selector=self.selector
        )
        return {str(replica_of(pod.metadata.labels)): pod for pod in listed.items}

    def phases(self) -> dict[str, str]:
        """Which replicas are there, and how; those that are being deleted have ended or will."""
        return {replica: pod.status.phase for replica, pod in self.pods().items()}

    def reach(self, **phases: str) -> None:
        """Wait until the replicas are so, ``worker_0="Running"``, and there are no others."""
        wanted = {replica.replace("_", "-"): phase for replica, phase in phases.items()}
        wait_until(lambda: self.phases() == wanted, f"{wanted}, not {self.phases()}")

    def said(self, replica: str) -> Object:
        """What a replica said when the roll was called."""
        name = self.pods()[replica].metadata.name
        told: Object = json.loads(wait_until(lambda: self._cluster.log(name), f"{name} speaks"))
        return told

    def counts(self, state: str) -> bool:
        """Whether the controller that makes its pods counts one as ``failed`` or ``succeeded``."""
        if self.engine == "tfjob":
            job = self._access.get(TF_JOBS, self.name) or {}
            counts = list(job.get("status", {}).get("replicaStatuses", {}).values())
        else:
            jobs = self._access.list(JOBS, labels=self.selector).items
            counts = [job.get("status", {}) for job in jobs]
        return any(each.get(state) for each in counts)

    def end(self) -> Object:
        """Suspend it; give its object once no pod runs."""
        sending.suspend(self._access, self.engine, self.name, True)
        running = ("Pending", "Running")
        wait_until(
            lambda: not any(phase in running for phase in self.phases().values()),
            f"the end of all pods, not {self.phases()}",
        )
        kept = self._access.get(sending.job_kind(self.engine), self.name)
        assert kept is not None
        return kept


@pytest.fixture
def sent(
    cluster: Cluster,
    access: Access,
    config: ClusterConfig,
    engine: Engine,
    launch: Callable[..., Launch],
) -> Iterator[Callable[..., Sent]]:
    """Send a job whose replicas of one index end with a code, and the others do not."""
    made: list[Sent] = []

    def send(index: str = NOBODY, code: int = 0, **wanted: Any) -> Sent:
        attempt = Sent(cluster, access, engine, launch(**wanted))
        made.append(attempt)
        objects = render(attempt.launch, config, engine, cluster.namespace, "n0nce")
        attempt.send(calling_the_roll(objects, index, str(code)))
        return attempt

    yield send
    for attempt in made:
        sending.delete(access, attempt.engine, attempt.name, 1)


def calling_the_roll(objects: Rendered, *arguments: str) -> Rendered:
    """The same objects with another program in the guest's place."""
    changed = copy.deepcopy(objects)
    if changed.runtime is not None:
        jobs = changed.runtime["spec"]["template"]["spec"]["replicatedJobs"]
        pods = [job["template"]["spec"]["template"] for job in jobs]
    else:
        pods = [each["template"] for each in changed.job["spec"]["tfReplicaSpecs"].values()]
    for pod in pods:
        program = ["python3", "-c", script("roll_call.py"), *arguments]
        pod["spec"]["containers"][0]["command"] = program
    return changed


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_accepted(
    access: Access,
    config: ClusterConfig,
    engine: Engine,
    launch: Callable[..., Launch],
    case: str,
) -> None:
    wanted, configured = CASES[case]
    settings = ClusterConfig(**{**as_dict(config), **configured})
    objects = render(launch(**wanted), settings, engine, access.namespace, "n0nce")
    for secret in objects.secrets:
        access.create(SECRETS, secret, dry_run=True)
    access.create(NETWORK_POLICIES, objects.network_policy, dry_run=True)
    if objects.runtime is None:
        access.create(TF_JOBS, objects.job, dry_run=True)
        return
    # The job's webhook looks for the runtime, which a dry run does not leave.
    access.create(TRAINING_RUNTIMES, objects.runtime)
    try:
        wait_until(lambda: accepted(access, objects.job), "the trainer knows the runtime")
    finally:
        access.delete(TRAINING_RUNTIMES, objects.runtime["metadata"]["name"])


@pytest.mark.parametrize("case", ["three-workers", "chief", "all-roles", "longest"])
def test_the_trainer_makes_a_job_for_each_role(
    access: Access, config: ClusterConfig, launch: Callable[..., Launch], case: str
) -> None:
    launched = launch(**CASES[case][0])
    objects = render(launched, config, "trainjob", access.namespace, "n0nce")
    assert objects.runtime is not None
    access.create(TRAINING_RUNTIMES, objects.runtime)
    try:
        wait_until(lambda: accepted(access, objects.job), "the trainer knows the runtime")
        access.create(TRAIN_JOBS, objects.job)
        expected = dict(roles(launched.spec))
        labels = f"{JOB}={launched.ref.job}"
        jobs = wait_until(
            lambda: len(found := access.list(JOBS, labels=labels).items) == len(expected) and found,
            "a Job for each role",
        )
        made = {job["spec"]["template"]["metadata"]["labels"][ROLE]: job["spec"] for job in jobs}
        for role, count in expected.items():
            assert (made[role]["parallelism"], made[role]["completions"]) == (count, count)
            assert (made[role]["backoffLimitPerIndex"], made[role]["suspend"]) == (0, True)
    finally:
        sending.delete(access, "trainjob", objects.job["metadata"]["name"], 1)


def accepted(access: Access, job: Object) -> bool:
    """Whether a TrainJob is; not as long as the trainer has not seen its runtime yet."""
    try:
        return bool(access.create(TRAIN_JOBS, job, dry_run=True))
    except Refused as error:
        if "must be created before" in error.message:
            return False
        raise


def as_dict(config: ClusterConfig) -> Object:
    return {name: getattr(config, name) for name in config.__struct_fields__}


def test_replicas_find_each_other_and_what_the_guest_counts_on(sent: Callable[..., Sent]) -> None:
    attempt = sent(workers=2)
    attempt.reach(worker_0="Running", worker_1="Running")
    for replica in ("worker-0", "worker-1"):
        assert attempt.said(replica) == {
            "me": replica,
            "files": ["longboat.pyz", "order.json", "snapshot.tar.gz.000"],
            "read_only": True,
            "token": False,
            "seccomp": "2",  # a filter, proc(5)
            "no_new_privileges": "1",
            "capabilities": 0,
            "checkpoints": None,
        }
    pods = attempt.pods().values()
    assert {pod.metadata.labels[ROLE] for pod in pods} == {"worker"}


def test_a_volume_is_there(sent: Callable[..., Sent], volume: str) -> None:
    attempt = sent(volume=volume)
    attempt.reach(worker_0="Running")
    told = attempt.said("worker-0")
    assert told["checkpoints"] == f"/longboat/volume/jobs/{attempt.launch.ref.job}/checkpoints"


def test_a_failed_worker_leaves_the_others_running_until_they_are_ended(
    sent: Callable[..., Sent],
) -> None:
    attempt = sent(index="1", code=3, workers=3)
    attempt.reach(worker_0="Running", worker_1="Failed", worker_2="Running")
    stays_so(attempt)
    assert attempt.end()["metadata"]["name"] == attempt.name


def test_a_succeeded_leader_leaves_the_others_running_until_they_are_ended(
    sent: Callable[..., Sent],
) -> None:
    attempt = sent(index="0", code=0, workers=2)
    attempt.reach(worker_0="Succeeded", worker_1="Running")
    stays_so(attempt)
    attempt.end()


def test_a_failed_worker_leaves_the_chief_running_until_it_is_ended(
    sent: Callable[..., Sent],
) -> None:
    attempt = sent(index="1", code=3, workers=2, chief=True)
    attempt.reach(chief_0="Running", worker_0="Running", worker_1="Failed")
    stays_so(attempt)
    attempt.end()


def stays_so(attempt: Sent) -> None:
    """The controllers have seen the end of a replica and did nothing about the others."""
    before = {replica: pod.metadata.uid for replica, pod in attempt.pods().items()}
    phases = attempt.phases()
    counted = "failed" if "Failed" in phases.values() else "succeeded"
    wait_until(lambda: attempt.counts(counted), f"a replica counted as {counted}")
    assert attempt.phases() == phases
    assert {replica: pod.metadata.uid for replica, pod in attempt.pods().items()} == before
    assert not any(pod.metadata.deletion_timestamp for pod in attempt.pods().values())


def test_a_secret_holds_what_counts_as_fitting_and_no_byte_more(
    access: Access, launch: Callable[..., Launch], config: ClusterConfig
) -> None:
    launched = launch(files={"noise.bin": os.urandom(SECRET_LIMIT)})
    full, _ = render(launched, config, "tfjob", access.namespace, "n0nce").secrets
    access.create(SECRETS, full, dry_run=True)
    full["data"]["more"] = base64.b64encode(b"1").decode()
    with pytest.raises(Refused, match="Too long"):
        access.create(SECRETS, full, dry_run=True)


@pytest.mark.own_cluster
def test_kubectl_takes_a_preview(
    access: Access,
    config: ClusterConfig,
    kubeconfig: Path,
    engine: Engine,
    launch: Callable[..., Launch],
) -> None:
    shown = manifests(launch(workers=2), config, engine, access.namespace)
    if engine == "trainjob":
        access.create(TRAINING_RUNTIMES, shown[0])
        wait_until(lambda: accepted(access, shown[-1]), "the trainer knows the runtime")
    done = subprocess.run(
        [str(BIN / "kubectl"), "apply", "--dry-run=server", "--filename=-"],
        input=as_yaml(shown),
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("(server dry run)") == len(shown)
