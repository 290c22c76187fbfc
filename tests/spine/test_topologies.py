"""The whole path with real TensorFlow processes: every topology, by ``fit`` and by a loop."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from longboat.api import Client, Job
from longboat.guest import wire
from longboat.records.sources import GuestEvent, Item

EXAMPLES = Path(__file__).parents[2] / "images/notebook/examples"
TIMEOUT = 240.0

MIRRORED = """\
import keras
import numpy as np
import tensorflow as tf

import longboat

assert not longboat.cluster().size > 1
with tf.distribute.MirroredStrategy().scope():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
model.fit(np.ones((32, 4)), np.ones(32), epochs=2, verbose=0)
model.export(longboat.model_dir())
"""


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


def succeeded(job: Job) -> Job:
    status = job.wait(timeout=TIMEOUT)
    logs = "".join(path.read_text() for path in sorted(job.directory.glob("attempts/*/*/log")))
    assert status.state == "succeeded", f"{status.message}\n{logs[-4000:]}"
    return job


@pytest.mark.parametrize("asked", [{"workers": 2}, {"workers": 1, "chief": True}])
def test_digits_by_fit(client: Client, examples: Path, asked: dict[str, int]) -> None:
    job = succeeded(client.submit(examples / "digits.ipynb", **asked))
    assert job.metrics()["test_accuracy"] > 0.95
    assert {"loss", "val_accuracy"} <= job.metrics().keys()
    assert job.status.progress.cell == job.status.progress.cells
    model = job.model
    assert (model.name, model.version, model.record.record.facts.job) == ("digits", 1, job.id)
    assert [str(r.replica) for r in job.status.replicas] == [
        str(r) for r in job.record.spec.replicas
    ]
    assert all(r.state == "succeeded" for r in job.status.replicas)


@pytest.mark.parametrize("asked", [{"workers": 2}, {"workers": 1, "chief": True}])
def test_digits_by_a_custom_loop(client: Client, examples: Path, asked: dict[str, int]) -> None:
    job = succeeded(client.submit(examples / "digits_loop.ipynb", **asked))
    assert job.metrics()["test_accuracy"] > 0.9


def test_digits_by_parameter_servers(client: Client, examples: Path) -> None:
    job = succeeded(client.submit(examples / "digits-ps.ipynb", ps=1, workers=2, memory="1500M"))
    assert job.metrics()["test_accuracy"] > 0.95
    assert job.model.record.record.facts.job == job.id
    assert [str(r.replica) for r in job.status.replicas] == [
        *("chief-0", "worker-0", "worker-1", "ps-0")
    ]
    served = job.directory / "attempts/1/ps-0/log"
    assert "longboat: ps-0 serves the coordinator" in served.read_text()


def test_digits_beside_an_evaluator(client: Client, examples: Path) -> None:
    job = succeeded(client.submit(examples / "digits-evaluator.ipynb", workers=2, evaluator=True))
    assert job.metrics()["evaluator/test_accuracy"] > 0.95
    assert "test_accuracy" not in job.metrics() and "loss" in job.metrics()
    states = {str(each.replica): each.state for each in job.status.replicas}
    assert states == dict.fromkeys(["worker-0", "worker-1", "evaluator-0"], "succeeded")
    assert job.model.record.record.facts.metrics == job.metrics()


def test_the_notebook_of_parameter_servers_needs_none(client: Client, examples: Path) -> None:
    job = succeeded(client.submit(examples / "digits-ps.ipynb"))
    assert job.metrics()["test_accuracy"] > 0.95


@pytest.mark.parametrize("victim", ["ps-0", "worker-1"])
def test_a_server_that_dies_is_named(client: Client, examples: Path, victim: str) -> None:
    asked = {"ps": 1, "workers": 2, "memory": "1500M", "parameters": {"epochs": 1000}}
    job = client.submit(examples / "digits-ps.ipynb", **asked)
    metrics = (item for item in job.events("chief-0") if is_metrics(item))
    next(metrics)  # it trains
    kill(job, victim)
    status = job.wait(timeout=TIMEOUT)
    assert (status.state, status.reason) == ("failed", "killed")
    assert victim in status.message


def is_metrics(item: Item) -> bool:
    return isinstance(item, GuestEvent) and item.event["kind"] == wire.METRICS


def kill(job: Job, replica: str) -> None:
    facts = json.loads((job.directory / "attempts/1/supervisor.json").read_bytes())
    named = {f"{each['role']}-{each['index']}": each for each in facts["replicas"]}
    os.kill(named[replica]["process"]["pid"], signal.SIGKILL)


def test_a_notebook_that_never_heard_of_longboat(client: Client, examples: Path) -> None:
    job = succeeded(client.submit(examples / "plain.ipynb"))
    assert '"output_type"' in job.notebook().read_text()


def test_mirrored_strategy_on_one_replica(client: Client, tmp_path: Path) -> None:
    script = tmp_path / "mirrored.py"
    script.write_text(MIRRORED)
    job = succeeded(client.submit(script))
    assert "loss" in job.metrics()
    assert job.model.record.signature.inputs
