"""Real fits: two processes under MultiWorkerMirroredStrategy against one process alone."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from longboat.spec.savedmodel import read_endpoints

SCRIPT = r"""
import json, os, sys
import numpy as np
from longboat.guest import keras_mend
warnings = []
keras_mend.install(warnings.append)
import tensorflow as tf
import keras

many = "TF_CONFIG" in os.environ
strategy = tf.distribute.MultiWorkerMirroredStrategy() if many else tf.distribute.get_strategy()
out = sys.argv[1]
random = np.random.default_rng(0)
x = random.normal(size=(96, 6)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
arrays, facts = {}, {}


def build(*middle):
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.layers.Dense(8, "relu"), *middle, keras.layers.Dense(2)])


def compiled(model, **options):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"], **options)
    return model


def keep(name, model):
    for i, weight in enumerate(model.get_weights()):
        arrays[f"{name}.{i}"] = weight


with strategy.scope():
    plain = compiled(build())
fitted = plain.fit(x[:64], y[:64], batch_size=16, epochs=3, shuffle=False, verbose=0,
                   validation_data=(x[64:], y[64:]))
keep("plain", plain)
facts["history"] = fitted.history
facts["evaluate"] = plain.evaluate(x[64:], y[64:], batch_size=16, verbose=0)
arrays["predict"] = plain.predict(x[64:], batch_size=16, verbose=0)

with strategy.scope():
    a, b = keras.Input([3], name="a"), keras.Input([3], name="b")
    joined = keras.layers.Concatenate()([a, b])
    stopped = compiled(keras.Model({"a": a, "b": b}, keras.layers.Dense(2)(joined)))
never_better = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=100)
history = stopped.fit({"a": x[:64, :3], "b": x[:64, 3:]}, y[:64], sample_weight=np.ones(64),
                      batch_size=16, epochs=9, verbose=0, callbacks=[never_better])
facts["epochs"] = len(history.epoch)

with strategy.scope():
    normed = compiled(build(keras.layers.BatchNormalization()))
normed.fit(x[:64], y[:64], batch_size=16, epochs=1, verbose=0)
keep("normed", normed)

facts["warnings before"] = list(warnings)
with strategy.scope():
    hasty = compiled(build(), steps_per_execution=4, jit_compile=True)
if many:
    hasty.fit(x[:64], y[:64], batch_size=16, epochs=1, verbose=0)
facts["hasty"] = [hasty.steps_per_execution, bool(hasty.jit_compile)]
facts["warnings"] = warnings

plain.export(out + ".model", verbose=False,
             input_signature=[keras.InputSpec(shape=[None, 6], dtype="float32")])
facts["model"] = out + ".model"
np.savez(out + ".npz", **arrays)
json.dump(facts, open(out + ".json", "w"))
"""


def start(script: Path, out: Path, config: dict | None) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_GRPC_REUSE_PORT": "1",
    }
    environment.pop("TF_CONFIG", None)
    if config is not None:
        environment["TF_CONFIG"] = json.dumps(config)
    log = out.with_suffix(".log").open("wb")
    with log:
        return subprocess.Popen(
            [sys.executable, str(script), str(out)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Facts and arrays of worker 0, worker 1 and a process alone."""
    folder = tmp_path_factory.mktemp("fits")
    script = folder / "fit.py"
    script.write_text(SCRIPT)
    names = ["worker-0", "worker-1", "alone"]
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(2):
            held = stack.enter_context(socket.socket())
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind(("127.0.0.1", 0))
            ports.append(held.getsockname()[1])
        cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
        tasks = [{"cluster": cluster, "task": {"type": "worker", "index": i}} for i in range(2)]
        started = [
            start(script, folder / name, config)
            for name, config in zip(names, [*tasks, None], strict=True)
        ]
        try:
            codes = [process.wait(timeout=120) for process in started]
        finally:
            for process in started:
                process.kill()
                process.wait()
    logs = "\n".join((folder / f"{name}.log").read_text() for name in names)
    assert codes == [0, 0, 0], logs
    return [
        (json.loads((folder / f"{n}.json").read_text()), dict(numpy.load(folder / f"{n}.npz")))
        for n in names
    ]


def test_workers_end_with_the_same_bits(runs):
    (_, first), (_, second), _ = runs
    assert first.keys() == second.keys()
    for name in first:
        assert first[name].tobytes() == second[name].tobytes(), name


def test_two_workers_compute_what_one_process_computes(runs):
    (facts, arrays), _, (alone_facts, alone) = runs
    for name in [n for n in alone if n.startswith("plain.") or n == "predict"]:
        assert abs(arrays[name] - alone[name]).max() < 1e-5, name
    assert facts["evaluate"] == pytest.approx(alone_facts["evaluate"], abs=1e-5)
    for name, values in alone_facts["history"].items():
        assert facts["history"][name] == pytest.approx(values, abs=1e-5), name
    assert {"val_loss", "val_accuracy"} <= facts["history"].keys()


def test_early_stopping_and_dict_inputs(runs):
    for facts, _ in runs:
        assert facts["epochs"] == 2


def test_moving_statistics_are_averaged(runs):
    """Means over halves of a batch average to the batch's own mean; variances do not quite."""
    (_, arrays), _, (_, alone) = runs
    moved = arrays["normed.4"]
    assert abs(moved).max() > 0
    assert abs(moved - alone["normed.4"]).max() < 0.05


def test_compile_options_that_fail_are_replaced_with_a_warning(runs):
    *workers, (alone, _) = runs
    for facts, _ in workers:
        assert facts["warnings before"] == []
        assert facts["hasty"] == [1, False]
        assert len(facts["warnings"]) == 2
        assert "steps_per_execution=1" in facts["warnings"][0]
        assert "jit_compile=False" in facts["warnings"][1]
    assert alone["warnings"] == []
    assert alone["hasty"] == [4, True]


def test_a_model_exported_by_a_worker_can_be_called(runs):
    for facts, _ in runs:
        found = read_endpoints(Path(facts["model"]))["serving_default"].signature
        assert [tensor.shape for tensor in found.inputs.values()] == [(None, 6)]
        assert [tensor.dtype for tensor in found.inputs.values()] == ["float32"]
        assert [tensor.shape for tensor in found.outputs.values()] == [(None, 2)]
