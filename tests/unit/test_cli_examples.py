"""The example of every help text, run in the order in which a person would, over a real home."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from longboat.cli.main import COMMANDS, cli
from longboat.records.layout import Home
from longboat.steward import LINGER
from longboat.summoning import lock_of

ORDER = [
    "submit",
    "jobs",
    "status",
    "logs",
    "files",
    "notebook",
    "models",
    "model",
    "models-add",
    "deploy",
    "services",
    "predict",
    "undeploy",
    "again",
    "diff",
    "tensorboard",
    "restore",
    "export",
    "import",
    "stop",
    "du",
    "rm",
    "prune",
    "env",
    "env-prune",
    "doctor",
]
SERVING = {"tensorboard": "until Ctrl-C"}
"""Commands that stay until they are interrupted, and what they say when they are there."""
DEADLINE = 120.0
EXAMPLES = Path(__file__).parents[2] / "images/notebook/examples"

CELLS = [
    "import longboat\nparams = longboat.params(epochs=1)\nprint('epochs', params.epochs)",
    "import tensorflow as tf\n"
    "class Total(tf.Module):\n"
    "    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])\n"
    "    def __call__(self, x):\n"
    "        return {'total': tf.reduce_sum(x, axis=1, keepdims=True)}\n"
    "model = Total()\n"
    "tf.saved_model.save(model, str(longboat.model_dir()), signatures=model.__call__)",
]


def example_of(name: str) -> str:
    context = click.Context(cli, info_name="longboat")
    first, _, second = name.partition("-")
    command = cli.get_command(context, first)
    if second:
        assert isinstance(command, click.Group)
        command = command.get_command(context, second)
    example = getattr(command, "example", "")
    assert isinstance(example, str)
    return example


class Terminal:
    """A folder with a notebook, a home, and ``longboat`` on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.home = Home(folder / "home")
        self.folder.mkdir()
        cells = [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": source,
            }
            for number, source in enumerate(CELLS)
        ]
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        (self.folder / "digits.ipynb").write_text(json.dumps(notebook))
        for name in ("digits-ps.ipynb", "digits.csv.gz"):
            shutil.copy(EXAMPLES / name, self.folder)
        tools = folder / "bin"
        tools.mkdir()
        tool = tools / "longboat"
        tool.write_text(f"#!{sys.executable}\nfrom longboat.cli.main import main\nmain()\n")
        tool.chmod(0o755)
        self.env = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "LONGBOAT_HOME": str(self.home.path),
            LINGER: "0",
        }

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line as a person types it, pipes included."""
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def interrupt(self, line: str, ready: str) -> subprocess.CompletedProcess[str]:
        """Run a line that stays, and press Ctrl-C once it has said that it is ready."""
        with subprocess.Popen(
            ["sh", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            said = ""
            while ready not in said and (more := process.stdout.readline()):
                said += more
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=DEADLINE)
        return subprocess.CompletedProcess(line, process.returncode, said + out, err)

    def close(self) -> None:
        """Leave no job and no service, and wait for the steward to leave."""
        for what, end in (("services", "undeploy"), ("jobs", "rm")):
            for found in json.loads(self.run(f"longboat {what} --json").stdout or "[]"):
                self.run(f"longboat {end} {found.get('id', found['name'])}")
        deadline = time.monotonic() + 30
        while lock_of(self.home).held():
            assert time.monotonic() < deadline, "the steward did not leave"
            time.sleep(0.05)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.close()


def test_every_command_has_its_place_in_the_order() -> None:
    shown = {name for name, entry in COMMANDS.items() if not entry.hidden}
    assert shown == set(ORDER) - {"models-add", "env-prune"}
    assert all("longboat " in example_of(name) for name in ORDER)


def test_the_examples_work_one_after_the_other(terminal: Terminal) -> None:
    for name in ORDER:
        if name == "models-add":
            made = json.loads(terminal.run("longboat model digits --json").stdout)
            shutil.copytree(made["path"], terminal.folder / "exported" / "digits")
        if name in SERVING:
            done = terminal.interrupt(example_of(name), SERVING[name])
        else:
            done = terminal.run(example_of(name))
        said = f"{example_of(name)}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        assert "Traceback" not in done.stderr, said
        if name == "predict":
            assert json.loads(done.stdout) in ([2.0], {"total": [2.0]}), said
    left = json.loads(terminal.run("longboat jobs --json").stdout)
    assert [job["name"] for job in left] == ["digits-longer", "digits-ps", "digits", "digits"]
    assert (terminal.folder / "digits-then" / "digits.ipynb").is_file()
    assert not list((terminal.home.local / "tensorboard").iterdir())
