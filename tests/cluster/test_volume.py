"""With a shared volume nothing is lost: what did not come from a pod is fetched from its copy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster.client import Cluster, wait_until
from cluster.counting import log_of, wait_for_lines
from cluster.homes import (
    ENGINES,
    TIMEOUT,
    kill,
    pods_of,
    processes_of,
    succeeded,
)
from cluster.outages import without_api_server
from longboat.api import Client, Job
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.backends.kubernetes.post import Post

LINE = "x" * 50
PARTS, PART = 7, 180_000
"""Of 60 bytes each: a node rotates a log when it looks, every ten seconds, and it has 10 MiB."""
FLOOD = f"""\
import time
import longboat
print("ready", flush=True)
time.sleep(5)
for part in range({PARTS}):
    for number in range(part * {PART}, (part + 1) * {PART}):
        print(f"{{number:08d}} {LINE}")
    longboat.report(part=part)
    time.sleep(4)
"""
COUNTS = """\
import itertools, time
for number in itertools.count():
    print(f"line {number:06d}", flush=True)
    time.sleep(0.005)
"""
MODEL = """\
import hashlib, pathlib
import longboat
import tensorflow as tf

module = tf.Module()
module.weights = tf.Variable(tf.random.uniform([25 << 20]))  # 100 MiB that nothing packs
take = tf.function(lambda x: {"y": tf.gather(module.weights, x)})
signature = take.get_concrete_function(tf.TensorSpec([None], tf.int32, "x"))
tf.saved_model.save(module, longboat.model_dir(), signature)
data = pathlib.Path(longboat.model_dir(), "variables/variables.data-00000-of-00001").read_bytes()
print("digest", hashlib.sha256(data).hexdigest())
"""
LARGE = """\
import hashlib, os, pathlib
data = os.urandom(80 << 20)
pathlib.Path("large.bin").write_bytes(data)
print(hashlib.sha256(data).hexdigest())
"""
FILLING = 90_000
"""Lines: more than 4 MiB, and with the node's stamps less than the 10 at which it rotates a log."""
FILLS = f"""\
import os, pathlib
for number in range({FILLING}):
    print(f"{{number:08d}} {LINE}")
folder = pathlib.Path(os.environ["LONGBOAT_CHECKPOINT_DIR"])
(folder / "weights").write_bytes(bytes(3 << 20))
"""
SMALL = {"cpu": 0.5, "memory": "256M"}


@pytest.fixture
def client(client_with_volume: Client) -> Client:
    return client_with_volume


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def submit(client: Client, tmp_path: Path) -> Callable[..., Job]:
    def make(text: str, engine: str, **asked: object) -> Job:
        script = tmp_path / "sources" / "script.py"
        script.parent.mkdir()
        script.write_text(text)
        return client.submit(script, **{**SMALL, "backend": engine, **asked})

    return make


@contextmanager
def no_courier(client: Client, engine: str) -> Iterator[None]:
    """Have nobody bring news from the cluster: who holds the lock is the courier."""
    lock = Post(client.engine.home, engine).lock

    def taken() -> bool:
        for pid in processes_of(client, "longboat.backends.kubernetes.courier"):
            kill([pid])
        return lock.acquire()

    wait_until(taken, "the courier's lock")
    try:
        yield
    finally:
        lock.release()


def only(engine: str) -> pytest.MarkDecorator:
    """What takes over a minute and knows no engine is tried on one."""
    return pytest.mark.parametrize("engine", [engine], indirect=True)


def ended_on_cluster(cluster: Cluster, job: Job) -> bool:
    return all(cluster.phase(pod) in ("Succeeded", "Failed") for pod in pods_of(cluster, job))


def uids_of(cluster: Cluster, job: Job) -> set[str]:
    selector = f"{JOB}={job.id}"
    listed = cluster.core.list_namespaced_pod(cluster.namespace, label_selector=selector)
    return {pod.metadata.uid for pod in listed.items}


def was_fetched(job: Job) -> bool:
    return "copy-fetched" in (job.directory / "events.jsonl").read_text()


@only("tfjob")
def test_what_the_node_has_rotated_away_comes_back_whole(
    client: Client, cluster: Cluster, submit: Callable[..., Job], engine: str
) -> None:
    job = submit(FLOOD, engine)
    wait_for_lines(job)
    with no_courier(client, engine):
        wait_until(lambda: ended_on_cluster(cluster, job), "the end of the pod", seconds=120)
    succeeded(job)
    expected = "".join(f"{number:08d} {LINE}\n" for number in range(PARTS * PART))
    found = log_of(job)
    assert len(found) == len("ready\n" + expected)
    assert found == "ready\n" + expected
    assert was_fetched(job)
    assert job.metrics() == {"part": PARTS - 1}


def test_a_pod_that_is_deleted_while_nobody_looks_comes_back_up_to_what_it_wrote(
    client: Client, cluster: Cluster, submit: Callable[..., Job], engine: str
) -> None:
    job = submit(COUNTS, engine)
    wait_for_lines(job)
    (pod,) = pods_of(cluster, job)
    with no_courier(client, engine):
        before = len(log_of(job))
        seen = wait_until(
            lambda: text if len(text := cluster.log(pod)) > before + 20_000 else None,
            "many more lines",
        )
        lost = uids_of(cluster, job)
        cluster.core.delete_namespaced_pod(pod, cluster.namespace, grace_period_seconds=0)
        # A TFJob has another of that name soon.
        wait_until(lambda: not lost & uids_of(cluster, job), "the end of the pod")
    status = job.wait(timeout=TIMEOUT)
    assert status.state == "failed", status
    lines = log_of(job).split("[longboat: ")[0].splitlines()
    assert lines == [f"line {number:06d}" for number in range(len(lines))]
    last = max(int(line[5:11]) for line in seen.splitlines() if line.startswith("line "))
    assert len(lines) > last
    assert was_fetched(job)


@only("trainjob")
def test_a_model_too_large_for_its_output_comes_back_and_is_registered(
    submit: Callable[..., Job], engine: str, trainer_image: str
) -> None:
    large = {"image": trainer_image, "memory": "3G", "cpu": 0.8}
    job = succeeded(submit(MODEL, engine, model="large", **large))
    digest = log_of(job).rpartition("digest ")[2].strip()
    assert job.status.model == "large@1"
    variables = job.directory / "attempts/1/worker-0/model/variables"
    with (variables / "variables.data-00000-of-00001").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest
    assert was_fetched(job)


@pytest.mark.own_cluster
@only("tfjob")
def test_an_api_server_and_a_courier_that_go_away_meanwhile_lose_nothing(
    client: Client, cluster: Cluster, submit: Callable[..., Job], engine: str
) -> None:
    job = submit(LARGE, engine)
    wait_until(lambda: job.status.reason == "copy-fetched", "it fetches", seconds=90)
    wait_until(lambda: any("-copy-" in pod for pod in pods_of(cluster, job)), "a pod that reads")
    with without_api_server():
        kill(processes_of(client, "longboat.backends.kubernetes.courier"))
        with pytest.raises(TimeoutError):
            job.wait(timeout=5)
    succeeded(job)
    digest = log_of(job).strip()
    with (job.directory / "attempts/1/worker-0/work/large.bin").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest
    wait_until(lambda: not pods_of(cluster, job), "the end of all pods")


@pytest.mark.own_cluster
def test_a_full_volume_does_not_hurt(
    submit: Callable[..., Job], engine: str, tiny_volume: str
) -> None:
    """What was to be copied there gives its room back: to the job's checkpoints, among others."""
    job = succeeded(submit(FILLS, engine, volume=tiny_volume))
    assert log_of(job) == "".join(f"{number:08d} {LINE}\n" for number in range(FILLING))
    events = (job.directory / "attempts/1/worker-0/events.jsonl").read_text()
    assert "No space left on device" in events
    assert not was_fetched(job)
