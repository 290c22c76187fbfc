"""A home for each test, one SavedModel for all, and the table of what was hit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.home import FaultHome
from faults.watching import processes, until
from longboat.system.identity import host_identity

HITS = pytest.StashKey[list[tuple[str, str, str, str]]]()
MAKE_MODEL = """
import sys
import tensorflow as tf

class Twice(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "x")])
    def serve(self, x):
        return {"y": 2.0 * x * self.one}

    def __init__(self):
        self.one = tf.Variable(1.0)

model = Twice()
tf.saved_model.save(model, sys.argv[1], signatures=model.serve)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultHome]:
    """An empty home; a test leaves no process in it."""
    made = FaultHome(tmp_path, monkeypatch)
    try:
        yield made
        until(lambda: not processes(str(tmp_path)), lambda: f"nothing runs {made.describe()}", 5)
    finally:
        made.close()


@pytest.fixture
def rebooted() -> str:
    """This machine's identity after another boot."""
    machine, _, namespace = host_identity().split("/", 2)
    return f"{machine}/another-boot/{namespace}"


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SavedModel that answers 2 x."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", MAKE_MODEL, folder], check=True, env=environment)
    return folder


@pytest.fixture
def hit(request: pytest.FixtureRequest) -> Callable[[str, str, str, str], None]:
    """Note that a victim was killed at a stage, by what was seen there, and how it ended."""
    rows = request.config.stash.setdefault(HITS, [])

    def note(victim: str, stage: str, moment: str, outcome: str) -> None:
        rows.append((victim, stage, moment, outcome))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: victim × stage, the moment of the kill, end state and sentence."""
    from faults.table import lines

    rows = terminalreporter.config.stash.get(HITS, [])
    if rows:
        terminalreporter.section("faults: victim × stage")
        width = shutil.get_terminal_size((120, 24)).columns
        for line in lines(rows, max(width, 100)):
            terminalreporter.write_line(line)
