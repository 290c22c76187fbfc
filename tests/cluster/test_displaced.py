"""Jobs whose pods are evicted or preempted in mid-training: the next attempt, from where it can."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import kubernetes
import pytest

from cluster.client import Cluster, pod_spec, wait_until
from cluster.counting import log_of
from cluster.fake_nodes import TOLERATION, fake_node
from cluster.homes import ENGINES, home_of, pods_of, succeeded, write_clusters
from longboat.api import Client, Job
from longboat.backends.kubernetes.objects.naming import replica_of
from longboat.spec.job import Replica

STAYS = """\
import os, time
import longboat
print("begins", flush=True)
if {writes}:
    open(os.path.join(longboat.checkpoint_dir(), "weights"), "w").close()
while os.environ["LONGBOAT_ATTEMPT"] == "1":
    time.sleep(0.1)
"""
FIT = """\
import os
import time

import keras
import numpy as np
import tensorflow as tf

import longboat

strategy = tf.distribute.MultiWorkerMirroredStrategy()
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
data = tf.data.Dataset.from_tensors((np.ones((8, 4), "float32"), np.ones(8, "float32")))
data = data.repeat().with_options(options).rebatch(8)


def lived(epoch, logs):
    print("epoch", epoch, flush=True)
    while os.environ["LONGBOAT_ATTEMPT"] == "1" and epoch == 3:
        time.sleep(0.1)


with strategy.scope():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
backup = os.path.join(longboat.checkpoint_dir(), "backup")
model.fit(
    data,
    epochs=6,
    steps_per_epoch=2,
    verbose=0,
    callbacks=[
        keras.callbacks.BackupAndRestore(backup),
        keras.callbacks.LambdaCallback(on_epoch_end=lived),
    ],
)
"""
OUT_OF_SERVICE = {
    "key": "node.kubernetes.io/out-of-service",
    "value": "nodeshutdown",
    "effect": "NoExecute",
}
"""How it is told that a node is gone (Kubernetes: Non-graceful node shutdown handling)."""
SMALL = {"cpu": 0.2, "memory": "128M"}
GPUS = 2
"""All that the node of ``make cluster`` has: who asks for as many displaces whoever has one."""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "sources" / "script.py"
    path.parent.mkdir()
    path.write_text("print(1)")
    return path


@pytest.fixture
def submit(script: Path) -> Callable[..., Job]:
    def make(client: Client, text: str, **asked: object) -> Job:
        script.write_text(text)
        return client.submit(script, **{**SMALL, **asked})

    return make


@pytest.fixture
def sharing(
    tmp_path: Path, cluster: Cluster, kubeconfig: Path, trainer_image: str, volume: str
) -> Iterator[Client]:
    """A person whose clusters have a shared volume."""
    write_clusters(tmp_path / "home", cluster, kubeconfig, trainer_image, volume=volume)
    with home_of(tmp_path / "home") as made:
        yield made


def evict(cluster: Cluster, job: Job, index: int = 0) -> None:
    """Do to the pod of a worker what kubectl drain does."""
    for pod in pods_of(cluster, job):
        labels = cluster.core.read_namespaced_pod(pod, cluster.namespace).metadata.labels
        if replica_of(labels) == Replica("worker", index):
            body = {"metadata": {"name": pod, "namespace": cluster.namespace}}
            cluster.core.create_namespaced_pod_eviction(pod, cluster.namespace, body)


def history(job: Job) -> str:
    return (job.directory / "events.jsonl").read_text()


def test_an_evicted_worker_goes_on_from_its_checkpoint(
    sharing: Client, cluster: Cluster, submit: Callable[..., Job]
) -> None:
    big = {"cpu": 0.4, "memory": "1500M"}
    job = submit(sharing, FIT, backend="trainjob", workers=2, **big)

    def has_saved() -> bool:
        found = job.status.checkpoint
        return found is not None and found.epoch == 4 and "epoch 3" in log_of(job, "worker-1")

    wait_until(has_saved, "the checkpoint of epoch 4", seconds=180)
    evict(cluster, job, index=1)
    status = succeeded(job).status
    assert (status.attempt, status.displaced, job.record.spec.retries) == (2, 1, 0)
    assert status.resumed is not None and status.resumed.epoch == 4
    assert "worker-1 was asked to leave its node" in history(job)
    assert "Attempt 2 goes on from the checkpoint of epoch 4" in history(job)
    for replica in ("worker-0", "worker-1"):
        lines = log_of(job, replica, attempt=2).splitlines()
        assert [line for line in lines if line.startswith("epoch")] == ["epoch 4", "epoch 5"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("writes", "said"),
    [
        (False, "No checkpoint had been written to longboat.checkpoint_dir(), so attempt 2 starts"),
        (True, "What it had written as checkpoints is lost with the pod, so attempt 2 starts"),
    ],
)
def test_an_evicted_job_without_a_checkpoint_says_so_before_it_starts_over(
    client: Client,
    cluster: Cluster,
    submit: Callable[..., Job],
    engine: str,
    writes: bool,
    said: str,
) -> None:
    job = submit(client, STAYS.format(writes=writes), backend=engine)
    wait_until(
        lambda: job.status.checkpoint is not None if writes else "begins" in log_of(job),
        "it trains",
    )
    evict(cluster, job)
    status = succeeded(job).status
    assert (status.attempt, status.displaced, status.begun) == (2, 1, 2)
    assert status.resumed is None
    assert said in history(job)


@contextmanager
def urgent_pod(cluster: Cluster, image: str) -> Iterator[None]:
    """A pod of higher priority that takes all GPUs for as long as the block lasts."""
    name = f"urgent-{secrets.token_hex(4)}"
    classes = kubernetes.client.SchedulingV1Api(cluster.core.api_client)
    classes.create_priority_class({"metadata": {"name": name}, "value": 1})
    spec = pod_spec(
        image,
        ["sleep", "3600"],
        resources={"limits": {"nvidia.com/gpu": str(GPUS), "cpu": "100m", "memory": "64Mi"}},
    )
    try:
        cluster.create_pod(name, {**spec, "priorityClassName": name})
        yield
    finally:
        cluster.core.delete_namespaced_pod(name, cluster.namespace, grace_period_seconds=0)
        classes.delete_priority_class(name)


@pytest.mark.own_cluster
def test_a_preempted_job_waits_for_its_place_and_goes_on(
    client: Client, cluster: Cluster, submit: Callable[..., Job], python_image: str
) -> None:
    job = submit(client, STAYS.format(writes=False), backend="trainjob", gpu=1)
    wait_until(lambda: "begins" in log_of(job), "it trains")
    with urgent_pod(cluster, python_image):
        wait_until(lambda: job.status.attempt == 2, "the next attempt is planned")
        wait_until(lambda: job.status.reason == "nodes-full", "it waits for its GPU")
    status = succeeded(job).status
    assert (status.attempt, status.displaced) == (2, 1)
    assert "worker-0 had to leave its node" in history(job)
    assert "to a pod of higher priority" in history(job)


@pytest.mark.own_cluster
def test_a_job_whose_node_is_gone_goes_on_elsewhere(
    cluster: Cluster, kubeconfig: Path, python_image: str, tmp_path: Path, script: Path
) -> None:
    home = tmp_path / "home"
    with fake_node(cluster, pods=10) as selector:
        (name,) = selector.values()
        there = {"node_selector": selector, "tolerations": [TOLERATION]}
        write_clusters(home, cluster, kubeconfig, python_image, **there)
        with home_of(home) as client:
            jobs = [client.submit(script, backend=engine, **SMALL) for engine in ENGINES]
            for job in jobs:
                wait_until(lambda job=job: runs_somewhere(job), "its pod is seen to run")
            cluster.core.patch_node(name, {"spec": {"taints": [OUT_OF_SERVICE]}})
            for job in jobs:
                wait_until(lambda job=job: job.status.attempt == 2, "the next one", seconds=90)
                assert job.status.displaced == 1
                assert f"The node {name} of worker-0 disappeared" in history(job)


def runs_somewhere(job: Job) -> bool:
    path = job.directory / "attempts/1/cluster.json"
    return path.exists() and bool(json.loads(path.read_bytes())["pods"])
