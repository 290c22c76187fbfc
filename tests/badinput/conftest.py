"""One folder of wrong things and one home for all rows; a real model, and a real service of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from badinput.place import processes, write_home, write_work
from longboat.api import Client
from longboat.backends.local.pool_file import POOL
from longboat.records.layout import Home
from longboat.steward import LINGER
from longboat.summoning import lock_of

MAKE_MODEL = """
import sys
import tensorflow as tf

class Model(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, "x")])
    def scale(self, x):
        return {"y": 2 * x}

    @tf.function(input_signature=[
        tf.TensorSpec([None, 2], tf.float32, "a"), tf.TensorSpec([None], tf.int32, "b")])
    def two(self, a, b):
        return {"sum": tf.reduce_sum(a, 1) + tf.cast(b, tf.float32)}

model = Model()
tf.saved_model.save(model, sys.argv[1], {"serving_default": model.scale, "two": model.two})
"""
PATIENCE = 60.0
"""Seconds for a steward to leave."""


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("badinput") / "work"
    write_work(folder)
    return folder


@pytest.fixture(scope="session")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", MAKE_MODEL, str(folder)], check=True, env=environment)
    return folder


@pytest.fixture(scope="session")
def filled(work: Path, saved_model: Path) -> Home:
    home = Home(work.parent / "home")
    write_home(home, work)
    Client(home.path).add_model("m", saved_model)
    return home


@pytest.fixture
def here(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of wrong things as the current one, and an environment that fits."""
    monkeypatch.setenv("JUPYTER_PATH", str(work / "jupyter"))
    monkeypatch.delenv("UNSET_IN_THE_TEST", raising=False)
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def home(filled: Home, here: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home whose jobs have all ended: nothing runs there, and nothing may be started."""
    monkeypatch.setenv("LONGBOAT_HOME", str(filled.path))
    return filled


@pytest.fixture(scope="module")
def serving(
    saved_model: Path, work: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A home in which a real service ``m`` answers; afterwards none of its processes is left."""
    home = Home(tmp_path_factory.mktemp("serving") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGBOAT_HOME", str(home.path))
        patch.setenv(LINGER, "0")
        patch.setenv(POOL, str(home.path.parent / "pool"))
        client = Client(home.path)
        client.add_model("m", saved_model)
        service = client.deploy("m", wait=True)
        yield home
        service.undeploy(wait=True)
        deadline = time.monotonic() + PATIENCE
        while lock_of(home).held() or processes(home):
            assert time.monotonic() < deadline, f"{processes(home)} are left"
            time.sleep(0.05)
