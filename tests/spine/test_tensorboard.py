"""A real TensorBoard over a real job: what it answers while the job runs, and when it has ended."""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from longboat.api import Client
from longboat.boards.board import Board
from longboat.boards.process import TensorBoard
from longboat.errors import BadInput, Unavailable

PATIENCE = 120.0
TRAIN = """\
import pathlib
import time

import keras
import numpy as np

import longboat

given = longboat.params(gate="")
longboat.report(step=1, score=0.5)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
logs = keras.callbacks.TensorBoard("logs")
model.fit(np.ones((8, 4)), np.ones(8), epochs=3, verbose=0, callbacks=[logs])
while not pathlib.Path(given.gate).exists():
    time.sleep(0.01)
longboat.report(step=2, score=0.25)
"""


def test_a_running_jobs_metrics_and_keras_logs_are_shown(client: Client, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    gate = tmp_path / "gate"
    job = client.submit(tmp_path / "train.py", parameters={"gate": str(gate)})
    with client.tensorboard([job]) as board:
        metrics = f"train-{job.id}/1/worker-0"
        assert board.runs == {job.id: f"train-{job.id}"}
        shown(board, lambda: values(board, metrics, "score") == [(1, 0.5)])
        gate.touch()
        shown(board, lambda: values(board, metrics, "score") == [(1, 0.5), (2, 0.25)])
        steps = [step for step, _ in values(board, f"{metrics}/logs/train", "epoch_loss")]
        assert steps == [0, 1, 2]
        curve = values(board, metrics, "loss")
        assert curve[-1] == (3, pytest.approx(job.metrics()["loss"]))
        assert board.remarks() == []
        logdir = board.logdir
    assert not logdir.exists()
    assert not list((tmp_path / "home/local/tensorboard").iterdir())
    assert job.wait(timeout=PATIENCE).state == "succeeded"


def shown(board: Board, found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, answer(board, "data/runs")
        board.update()
        time.sleep(0.05)


def values(board: Board, run: str, tag: str) -> list[tuple[int, float]]:
    """The curve as the scalars plugin gives it; none while it has none."""
    asked = urllib.parse.urlencode({"run": run, "tag": tag})
    try:
        points = answer(board, f"data/plugin/scalars/scalars?{asked}")
    except urllib.error.HTTPError:
        return []
    return [(step, value) for _, step, value in points]


def answer(board: Board, path: str) -> Any:
    with urllib.request.urlopen(board.url + path, timeout=PATIENCE) as response:
        return json.load(response)


def test_a_port_that_is_taken_is_refused(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port} cannot be used .Address already in use"):
            client.tensorboard([], port).__enter__()


def test_what_keeps_it_from_beginning_is_its_last_word(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        begun = TensorBoard(tmp_path, tmp_path, taken.getsockname()[1])
        try:
            assert begun.ended_within(PATIENCE)
            assert "could not bind" in str(begun.end_of_its_own())
        finally:
            begun.close()


def test_without_tensorboard_a_sentence_says_what_to_install(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # as if it were not there
    with pytest.raises(
        Unavailable, match=r"not installed .* -m pip install tensorboard installs it"
    ):
        client.tensorboard([]).__enter__()
