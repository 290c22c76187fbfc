"""What the guides to distributed training use together with ``fit``, on two workers."""

from __future__ import annotations

from pathlib import Path

from longboat.api import Client, Job
from longboat.guest import wire

TIMEOUT = 240.0
MODEL = """\
import os
import signal

import keras
import numpy as np
import tensorflow as tf

import longboat

strategy = tf.distribute.MultiWorkerMirroredStrategy()
here = longboat.cluster()
folder = longboat.checkpoint_dir()
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
data = tf.data.Dataset.from_tensors((np.ones((8, 4), "float32"), np.ones(8, "float32")))
data = data.repeat().with_options(options).rebatch(8)


def make_model(**compiled):
    with strategy.scope():
        last = keras.layers.Dense(1, dtype="float32")
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), last])
        model.compile(loss="mse", optimizer="sgd", **compiled)
    return model
"""
CALLBACKS = (
    MODEL
    + """
keras.mixed_precision.set_global_policy("mixed_bfloat16")
saved = os.path.join(folder, "epoch-{epoch}.weights.h5")
model = make_model(steps_per_execution=4, jit_compile=True)
history = model.fit(
    data,
    epochs=9,
    steps_per_epoch=4,
    verbose=0,
    callbacks=[
        keras.callbacks.ModelCheckpoint(saved, save_weights_only=True),
        keras.callbacks.EarlyStopping("loss", min_delta=1e6, patience=1),
    ],
)
assert model.layers[0].compute_dtype == "bfloat16"
print("epochs", history.epoch, sorted(os.listdir(folder)))
"""
)
RESUMED = (
    MODEL
    + """
def lived(epoch, logs):
    print("epoch", epoch)
    if (os.environ["LONGBOAT_ATTEMPT"], here.index, epoch) == ("1", 1, 2):
        os.kill(os.getpid(), signal.SIGKILL)


make_model().fit(
    data,
    epochs=5,
    steps_per_epoch=4,
    verbose=0,
    callbacks=[
        keras.callbacks.BackupAndRestore(os.path.join(folder, "backup")),
        keras.callbacks.LambdaCallback(on_epoch_end=lived),
    ],
)
"""
)


def ran(client: Client, folder: Path, source: str, **asked: int) -> Job:
    (folder / "train.py").write_text(source)
    job = client.submit(folder / "train.py", workers=2, **asked)
    status = job.wait(timeout=TIMEOUT)
    logs = "".join(path.read_text() for path in sorted(job.directory.glob("attempts/*/*/log")))
    assert status.state == "succeeded", f"{status.message}\n{logs[-4000:]}"
    return job


def said(job: Job, attempt: int, replica: str, word: str) -> list[str]:
    lines = (job.directory / f"attempts/{attempt}/{replica}/log").read_text().splitlines()
    return [line for line in lines if line.startswith(word)]


def test_checkpoints_early_stopping_and_mixed_precision(client: Client, tmp_path: Path) -> None:
    job = ran(client, tmp_path, CALLBACKS)
    files = "['epoch-1.weights.h5', 'epoch-2.weights.h5']"
    for replica in ("worker-0", "worker-1"):
        assert said(job, 1, replica, "epochs") == [f"epochs [0, 1] {files}"]
    events = wire.decode((job.directory / "attempts/1/worker-0/events.jsonl").read_bytes())
    warnings = [event["message"] for event in events if event["kind"] == wire.WARNING]
    assert len(warnings) == 2, warnings
    assert "steps_per_execution=1" in warnings[0] and "jit_compile=False" in warnings[1]


def test_a_killed_workers_job_goes_on_where_it_was(client: Client, tmp_path: Path) -> None:
    job = ran(client, tmp_path, RESUMED, retries=1)
    assert (job.status.attempt, job.status.begun) == (2, 2)
    assert job.status.resumed is not None and job.status.resumed.epoch in (2, 3)
    assert said(job, 1, "worker-1", "epoch") == ["epoch 0", "epoch 1", "epoch 2"]
    for replica in ("worker-0", "worker-1"):
        resumed = said(job, 2, replica, "epoch")
        assert resumed[-1] == "epoch 4" and resumed[0] in ("epoch 2", "epoch 3")
