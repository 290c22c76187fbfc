"""Each object that is sent, whole: the plain ones as they are, others by what differs."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_tools import (
    NAME,
    OURS,
    POLICY,
    TRAIN_JOB,
    Object,
    difference,
    replicated,
    runtime,
    tf_job,
)

from cluster.launches import launch_of
from longboat.backends.base import AttemptRef, Launch
from longboat.backends.kubernetes.objects import render_tfjob, render_trainjob
from longboat.backends.kubernetes.objects.naming import object_name
from longboat.backends.kubernetes.objects.preview import manifests
from longboat.backends.kubernetes.objects.render import Rendered, owned_by, render
from longboat.backends.kubernetes.objects.roles import roles
from longboat.guest import order
from longboat.spec.cluster import ClusterConfig, Engine
from longboat.spec.job import JobSpec, Resources
from longboat.spec.names import check_name
from longboat.spec.request import MAX_RETRIES
from longboat.spec.roles import MAX_PS, MAX_WORKERS, Roles

ENGINES: tuple[Engine, ...] = ("trainjob", "tfjob")


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    return lambda **wanted: launch_of(tmp_path, **wanted)


def rendered(launch: Launch, engine: Engine, **config: Any) -> Rendered:
    plain = {"name": "test", "image": "registry.example.org/trainer:1"}
    return render(launch, ClusterConfig(**{**plain, **config}), engine, "team", "n0nce")


def pods_of(objects: Rendered) -> list[Object]:
    """Every pod template, the leader's first."""
    if objects.runtime is None:
        return [each["template"] for each in objects.job["spec"]["tfReplicaSpecs"].values()]
    jobs = objects.runtime["spec"]["template"]["spec"]["replicatedJobs"]
    return [each["template"]["spec"]["template"] for each in jobs]


def test_one_worker(launch: Callable[..., Launch]) -> None:
    train_job = rendered(launch(), "trainjob")
    assert train_job.runtime == runtime(1)
    assert train_job.job == TRAIN_JOB
    assert train_job.network_policy == POLICY
    tf = rendered(launch(), "tfjob")
    assert tf.runtime is None
    assert tf.job == tf_job(Worker=1)
    assert tf.network_policy == POLICY


def test_three_workers(launch: Callable[..., Launch]) -> None:
    train_job = rendered(launch(workers=3), "trainjob")
    assert (train_job.runtime, train_job.job) == (runtime(3), TRAIN_JOB)
    assert rendered(launch(workers=3), "tfjob").job == tf_job(Worker=3)


def test_a_chief_comes_before_the_workers(launch: Callable[..., Launch]) -> None:
    train_job = rendered(launch(workers=2, chief=True), "trainjob")
    assert train_job.runtime == runtime(2, replicated("chief", 1))
    assert train_job.job == TRAIN_JOB
    tf = rendered(launch(workers=2, chief=True), "tfjob")
    assert tf.job == tf_job(Chief=1, Worker=2)
    assert list(tf.job["spec"]["tfReplicaSpecs"]) == ["Chief", "Worker"]


def test_each_role_is_a_job_of_its_own(launch: Callable[..., Launch]) -> None:
    asked = launch(workers=2, chief=True, ps=3, evaluator=True)
    train_job = rendered(asked, "trainjob")
    after = [replicated("ps", 3), {**replicated("evaluator", 1), "name": "eval"}]
    assert train_job.runtime == runtime(2, replicated("chief", 1), after=after)
    assert train_job.job == TRAIN_JOB
    tf = rendered(asked, "tfjob")
    assert tf.job == tf_job(Chief=1, Worker=2, PS=3, Evaluator=1)
    assert list(tf.job["spec"]["tfReplicaSpecs"]) == ["Chief", "Worker", "PS", "Evaluator"]


@pytest.mark.parametrize(
    ("engine", "hosts"),
    [
        ("trainjob", ("chief-0-0", "worker-0-0", "ps-0-0", "ps-0-1", "eval-0-0", NAME)),
        ("tfjob", ("chief-0", "worker-0", "ps-0", "ps-1", "evaluator-0", "team.svc")),
    ],
)
def test_each_role_is_told_where_all_are(
    launch: Callable[..., Launch], engine: Engine, hosts: tuple[str, ...]
) -> None:
    [made] = rendered(launch(chief=True, ps=2, evaluator=True), engine).secrets
    told = order.decode(base64.b64decode(made["data"]["order.json"])).cluster
    *replicas, domain = hosts
    chief, worker, *servers, evaluator = (f"{NAME}-{each}.{domain}:2222" for each in replicas)
    assert told == {
        "chief": [chief],
        "worker": [worker],
        "ps": servers,
        "evaluator": [evaluator],
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_the_secret_holds_what_travels(launch: Callable[..., Launch], engine: Engine) -> None:
    launched = launch(
        workers=2,
        chief=True,
        parameters={"lr": 0.5},
        env={"MODE": "fast"},
        secrets={"TOKEN": "s3cr3t", "KEY": "k3y"},
    )
    [made] = rendered(launched, engine).secrets
    data = {name: base64.b64decode(value) for name, value in made["data"].items()}
    hosts = {
        "trainjob": ("chief-0-0", "worker-0-0", "worker-0-1", NAME),
        "tfjob": ("chief-0", "worker-0", "worker-1", "team.svc"),
    }
    *replicas, domain = hosts[engine]
    addresses = [f"{NAME}-{replica}.{domain}:2222" for replica in replicas]
    assert made == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "labels": OURS},
        "type": "Opaque",
        "immutable": True,
        "data": made["data"],
    }
    assert sorted(data) == ["longboat.pyz", "order.json", "snapshot.tar.gz.000"]
    assert data["longboat.pyz"] == launched.guest.read_bytes()
    assert order.decode(data["order.json"]) == order.Order(
        job="jabcdefghi",
        name="digits",
        attempt=1,
        entry="main.py",
        nonce="n0nce",
        cluster={"chief": addresses[:1], "worker": addresses[1:]},
        parameters={"lr": 0.5},
        environment={"MODE": "fast", "TOKEN": "s3cr3t", "KEY": "k3y"},
        cpu=0.1,
        memory=64 << 20,
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_too_large_for_a_secret_travels_in_several(
    launch: Callable[..., Launch], engine: Engine
) -> None:
    noise = {"noise.bin": os.urandom(5 << 19)}
    plain, made = (
        rendered(launch(workers=2, chief=True, files=files), engine) for files in ({}, noise)
    )
    names = [NAME, f"{NAME}-1", f"{NAME}-2"]
    for number, (name, secret) in enumerate(zip(names, made.secrets, strict=True)):
        beside = ["longboat.pyz", "order.json"] if number == 0 else []
        assert list(secret["data"]) == [*beside, f"snapshot.tar.gz.00{number}"]
        assert {**secret, "data": {}} == {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": OURS},
            "type": "Opaque",
            "immutable": True,
            "data": {},
        }
    for before, after in zip(pods_of(plain), pods_of(made), strict=True):
        assert difference(before, after) == {
            "spec.volumes[0].projected.sources[1]": {"secret": {"name": names[1]}},
            "spec.volumes[0].projected.sources[2]": {"secret": {"name": names[2]}},
        }
        before.clear()
        after.clear()
    assert plain._replace(secrets=[]) == made._replace(secrets=[])


CONTAINER = "spec.containers[0]"
SHARED = {"name": "shared", "mountPath": "/longboat/volume"}
ON_VOLUME = (
    {
        "name": "LONGBOAT_CHECKPOINT_DIR",
        "value": "/longboat/volume/jobs/jabcdefghi/checkpoints",
    },
    {"name": "LONGBOAT_COPIES", "value": "/longboat/volume/jobs/jabcdefghi/attempts/1"},
    {"name": "LONGBOAT_POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
)


def claimed(claim: str, variables: int) -> Object:
    """How the pod of a job with a volume differs, that is told so many ``variables`` without."""
    return {
        **{f"{CONTAINER}.env[{variables + n}]": each for n, each in enumerate(ON_VOLUME)},
        f"{CONTAINER}.volumeMounts[2]": SHARED,
        "spec.volumes[2]": {"name": "shared", "persistentVolumeClaim": {"claimName": claim}},
    }


TOLERATION = {"key": "gpu", "operator": "Exists"}
VARIANTS: list[tuple[str, Object, Object, Object]] = [
    (
        "GPUs",
        {"resources": Resources(1.5, 3_000_000_000, 2)},
        {"gpu_resource": "example.org/gpu"},
        {
            f"{CONTAINER}.resources.requests.cpu": "1500m",
            f"{CONTAINER}.resources.requests.memory": "3000000000",
            f"{CONTAINER}.resources.requests.example.org/gpu": "2",
            f"{CONTAINER}.resources.limits.cpu": "1500m",
            f"{CONTAINER}.resources.limits.memory": "3000000000",
            f"{CONTAINER}.resources.limits.example.org/gpu": "2",
        },
    ),
    ("the job's image", {"image": "own:2"}, {}, {f"{CONTAINER}.image": "own:2"}),
    (
        "placement",
        {},
        {"node_selector": {"pool": "gpu"}, "tolerations": (TOLERATION,)},
        {"spec.nodeSelector": {"pool": "gpu"}, "spec.tolerations": [TOLERATION]},
    ),
    (
        "accounts",
        {},
        {"image_pull_secrets": ("registry",), "service_account": "trainer"},
        {"spec.imagePullSecrets": [{"name": "registry"}], "spec.serviceAccountName": "trainer"},
    ),
    (
        "a group",
        {},
        {"fs_group": 1000},
        {
            "spec.securityContext.fsGroup": 1000,
            "spec.securityContext.fsGroupChangePolicy": "OnRootMismatch",
        },
    ),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("_what", "wanted", "config", "expected"), VARIANTS)
def test_what_is_asked_is_in_every_pod_and_changes_nothing_else(
    launch: Callable[..., Launch],
    engine: Engine,
    _what: str,
    wanted: Object,
    config: Object,
    expected: Object,
) -> None:
    plain, other = (
        rendered(launch(workers=2, chief=True, **asked), engine, **more)
        for asked, more in (({}, {}), (wanted, config))
    )
    for before, after in zip(pods_of(plain), pods_of(other), strict=True):
        assert difference(before, after) == expected
        before.clear()
        after.clear()
    assert plain._replace(secrets=[]) == other._replace(secrets=[])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("asked", "configured", "claim"),
    [(None, "common", "common"), ("own", None, "own"), ("own", "common", "own")],
)
def test_a_volume_is_mounted_and_keeps_the_checkpoints(
    launch: Callable[..., Launch],
    engine: Engine,
    asked: str | None,
    configured: str | None,
    claim: str,
) -> None:
    plain = rendered(launch(), engine)
    other = rendered(launch(volume=asked), engine, volume=configured)
    told = 1 if engine == "trainjob" else 2
    for before, after in zip(pods_of(plain), pods_of(other), strict=True):
        assert difference(before, after) == claimed(claim, told)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_queue_is_named_on_the_job_alone(launch: Callable[..., Launch], engine: Engine) -> None:
    plain, other = rendered(launch(), engine), rendered(launch(), engine, queue="team-queue")
    label = "metadata.labels.kueue.x-k8s.io/queue-name"
    assert difference(plain.job, other.job) == {label: "team-queue"}
    assert plain._replace(job={}) == other._replace(job={})


@pytest.mark.parametrize("engine", ENGINES)
def test_secret_values_are_in_the_secret_alone(
    launch: Callable[..., Launch], engine: Engine
) -> None:
    objects = rendered(launch(secrets={"TOKEN": "s3cr3t-value"}), engine)
    assert b"s3cr3t-value" in base64.b64decode(objects.secrets[0]["data"]["order.json"])
    shown = json.dumps([objects.job, objects.runtime, objects.network_policy])
    assert "s3cr3t-value" not in shown
    assert "TOKEN" not in shown


def test_an_owner_is_named_with_its_uid_and_blocks_nothing() -> None:
    owner = {**TRAIN_JOB, "metadata": {"name": NAME, "uid": "u-1", "labels": OURS}}
    reference = {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "name": NAME,
        "uid": "u-1",
    }
    assert difference(POLICY, owned_by(POLICY, owner)) == {"metadata.ownerReferences": [reference]}
    assert "ownerReferences" not in POLICY["metadata"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_preview_is_what_would_run_without_what_is_secret(
    launch: Callable[..., Launch], engine: Engine
) -> None:
    config = ClusterConfig(name="test", image="registry.example.org/trainer:1")
    launched = launch(secrets={"TOKEN": "s3cr3t-value"}, files={"noise.bin": os.urandom(1 << 20)})
    sent = rendered(launched, engine)
    shown = manifests(launched, config, engine, "team")
    kinds = ["Secret", "Secret", "NetworkPolicy", sent.job["kind"]]
    assert [each["kind"] for each in shown] == ["TrainingRuntime", *kinds][engine == "tfjob" :]
    assert {each["metadata"]["namespace"] for each in shown} == {"team"}
    suspend = "spec.suspend" if engine == "trainjob" else "spec.runPolicy.suspend"
    assert difference(sent.job, shown[-1]) == {"metadata.namespace": "team", suspend: False}
    first, second = shown[-4:-2]
    assert first["data"] == {"longboat.pyz": "", "order.json": "", "snapshot.tar.gz.000": ""}
    assert second["data"] == {"snapshot.tar.gz.001": ""}
    size = launched.guest.stat().st_size
    told = first["metadata"]["annotations"]["longboat.dev/left-out"]
    assert told.startswith(f"longboat.pyz: {size} bytes, order.json: ")
    told = second["metadata"]["annotations"]["longboat.dev/left-out"]
    assert re.fullmatch(r"snapshot\.tar\.gz\.001: \d{6} bytes", told)


LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
names = st.from_regex(r"[a-z][a-z0-9-]{0,28}[a-z0-9]", fullmatch=True) | st.sampled_from(
    ["a", "a" * 30, "a" + "-" * 28 + "b"]
)
ids = st.from_regex(r"[a-z][a-z0-9]{9}", fullmatch=True)


counts = st.builds(Roles, st.integers(1, MAX_WORKERS), st.booleans(), st.integers(0, MAX_PS))


@given(names, ids, st.integers(1, MAX_RETRIES + 1), counts, st.booleans())
def test_every_name_of_every_pod_is_a_dns_label(
    name: str, job: str, attempt: int, counted: Roles, evaluator: bool
) -> None:
    spec = JobSpec(
        name=check_name("job", name),
        entry="main.py",
        kind="script",
        **{**counted._asdict(), "evaluator": evaluator},
        resources=Resources(1.0, 1),
        model="m",
    )
    called = object_name(spec, AttemptRef(job, attempt))
    hosts = [called]
    # The Job controller puts five characters of its own behind a pod's name.
    for role, count in roles(spec):
        job_name = render_trainjob.job_name(role)
        hosts += [f"{called}-{job_name}-0-{index}-abcde" for index in range(count)]
    told = [
        *render_trainjob.addresses(spec, called).values(),
        *render_tfjob.addresses(spec, called, "team").values(),
    ]
    addresses = [address for role in told for address in role]
    hosts += [address.split(".")[0] for address in addresses]
    for host in hosts:
        assert LABEL.fullmatch(host)
        assert len(host) <= 63
    assert len(set(addresses)) == len(addresses) == 2 * len(spec.replicas)
