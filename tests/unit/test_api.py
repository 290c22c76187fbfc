"""What a person types in a notebook or a script, over one real job with two workers."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import pytest

import longboat
from longboat.backends.local.pool_file import POOL
from longboat.records.layout import Home
from longboat.records.sources import GuestEvent, JobEvent, Line
from longboat.steward import LINGER
from longboat.summoning import lock_of

README = Path(__file__).parents[2] / "README.md"
IMAGES = [[1.0, 2.0], [3.0, 4.0]]
CELLS = [
    "import longboat\nparams = longboat.params(epochs=1, rate=0.5)",
    "me = longboat.cluster()\n"
    "print('training as', me.role, me.index, 'of', me.size)\n"
    "for epoch in range(params.epochs):\n"
    "    longboat.report(step=epoch + 1, total=params.epochs, loss=1 / (epoch + 1))",
    "if me.is_leader:\n"
    "    import tensorflow as tf\n"
    "    class Total(tf.Module):\n"
    "        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])\n"
    "        def total(self, x):\n"
    "            return {'total': tf.reduce_sum(x, axis=1)}\n"
    "    model = Total()\n"
    "    tf.saved_model.save(model, longboat.model_dir(), signatures=model.total)",
]


def readme_example() -> str:
    """The lines of the README's first Python example."""
    found = re.search(r"```python\n(import longboat\n.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Run the README's lines as they stand; give their names, and what they printed."""
    folder = tmp_path_factory.mktemp("api")
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for source in CELLS
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    (folder / "digits.ipynb").write_text(json.dumps(document))
    home = Home(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGBOAT_HOME", str(home.path))
        patch.setenv(LINGER, "0")
        patch.setenv(POOL, str(folder / "pool"))
        patch.chdir(folder)
        try:
            yield run_lines(readme_example())
        finally:
            for service in longboat.services():
                service.undeploy(wait=True)
            for job in longboat.jobs():
                job.remove()
        wait_until(lambda: not lock_of(home).held())


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "this never became true"
        time.sleep(0.02)


def run_lines(source: str) -> dict[str, Any]:
    """Run them one after the other, as cells; ``values`` holds what each expression gave."""
    names: dict[str, Any] = {"images": IMAGES}
    values, printed = [], io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(printed):
        for statement in ast.parse(source).body:
            line = ast.unparse(statement)
            if isinstance(statement, ast.Expr):
                values.append(eval(line, names))
            else:
                exec(line, names)
    printed.flush()
    return {**names, "values": values, "printed": printed.buffer.getvalue().decode()}


def test_the_lines_of_the_readme_work(session: dict[str, Any]) -> None:
    followed, state, (metrics, notebook), answer = session["values"]
    assert (followed, state) == (None, "succeeded")
    assert metrics["loss"] == pytest.approx(1 / 6)
    assert json.loads(notebook.read_text())["cells"][1]["outputs"]
    assert answer == {"predictions": [3.0, 7.0]}


def test_follow_prints_logs_states_cells_and_metrics(session: dict[str, Any]) -> None:
    printed = session["printed"]
    for replica in (0, 1):
        assert f"worker-{replica} │ training as worker {replica} of 2\n" in printed
    assert "cell 2 of 3" in printed and "step 6: loss 0.1667" in printed
    assert printed.rstrip().endswith("succeeded") and "\x1b" not in printed


def test_follow_takes_one_replica_and_a_tail(
    session: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    job = session["job"]
    job.follow("worker-1", tail=1)
    printed = capsys.readouterr().out
    assert "training as worker 1 of 2" in printed and "worker 0" not in printed
    job.follow(tail=0)
    assert "training as" not in capsys.readouterr().out
    with pytest.raises(longboat.BadInput, match="no replica worker-7; it has worker-0, worker-1"):
        job.follow("worker-7")


def test_events_yields_what_follow_prints(session: dict[str, Any]) -> None:
    items = list(session["job"].events())
    assert {type(item) for item in items} == {JobEvent, GuestEvent, Line}
    assert items[-1].event["state"] == "succeeded"
    lines = [item.data for item in session["job"].events("worker-0") if isinstance(item, Line)]
    assert b"training as worker 0 of 2\n" in lines


def test_rooms_of_the_same_name_leave_the_functions_alone(session: dict[str, Any]) -> None:
    for name in ("jobs", "models", "services"):
        assert isinstance(importlib.import_module(f"longboat.{name}"), ModuleType)
        assert [found.name for found in getattr(longboat, name)()] == ["digits"]


def test_a_job_is_found_again_and_waiting_for_an_ended_one_returns(
    session: dict[str, Any],
) -> None:
    job = longboat.job("digits")
    assert job.id == session["job"].id and f"{job.id}: succeeded" in repr(job)
    assert job.wait(timeout=0).state == "succeeded"
    assert [listed.id for listed in longboat.jobs(state="succeeded")] == [job.id]
    assert job.to_dict()["replicas"][1]["exit_code"] == 0
    assert job.receipt()["parameters"] == {"epochs": 6}


def test_the_model_and_the_service_are_found_again(session: dict[str, Any]) -> None:
    model = longboat.model("digits")
    assert (model.version, session["job"].model.version) == (1, 1)
    assert longboat.predict("digits", IMAGES) == {"predictions": [3.0, 7.0]}
    answer = longboat.service("digits").predict(numpy.array(IMAGES))
    assert isinstance(answer, numpy.ndarray) and answer.tolist() == [3.0, 7.0]
    assert longboat.service("digits").to_dict()["state"] == "running"
    assert model.deploy().name == "digits"


def test_following_starts_a_steward_in_the_place_of_one_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.import_module("longboat.api.following"), "REVIVE_INTERVAL", 0.05)
    monkeypatch.setenv(LINGER, "0")
    monkeypatch.setenv(POOL, str(tmp_path / "pool"))
    script = tmp_path / "late.py"
    script.write_text("print('it ran')\n")
    home = Home(tmp_path / "home")
    steward = lock_of(home)
    assert steward.acquire()
    job = longboat.Client(home.path).submit(script, cpu=0.1, memory="200M")
    events = job.events()
    assert next(events).event["state"] == "queued"
    steward.release()
    assert list(events)[-1].event["state"] == "succeeded"
    job.follow()
    assert "it ran" in capsys.readouterr().out
    wait_until(lambda: not lock_of(home).held())


def test_waiting_has_an_end(session: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text("import time\ntime.sleep(600)\n")
    job = longboat.submit(script, name="sleeper", cpu=0.1, memory="100M")
    with pytest.raises(TimeoutError, match=f"Job {job.id} is still"):
        job.wait(timeout=0.01)
    job.stop()
    assert job.wait(timeout=30).state == "stopped"
    with pytest.raises(longboat.NotFound, match="has left no model"):
        job.model.deploy()
    with pytest.raises(longboat.NotFound, match="no executed notebook"):
        job.notebook()
