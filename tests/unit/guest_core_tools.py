"""Runs notebooks and scripts through the zipapp, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from longboat.guest.bundle import build

DEADLINE = 60


def code(source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source}


def notebook(*cells: str | dict[str, Any]) -> dict[str, Any]:
    made = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


class Result(NamedTuple):
    code: int
    log: str
    folder: Path

    @property
    def status(self) -> dict[str, Any]:
        return json.loads((self.folder / "status.json").read_text())

    @property
    def error(self) -> dict[str, Any]:
        return self.status["error"]

    @property
    def notebook(self) -> dict[str, Any]:
        return json.loads((self.folder / "output.ipynb").read_text())

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        """Of the notebook's cell at this position, counted from 0."""
        return self.notebook["cells"][cell]["outputs"]

    def text(self, cell: int) -> str:
        """All stream text of that cell."""
        return "".join(o["text"] for o in self.outputs(cell) if o["output_type"] == "stream")

    def events(self, kind: str) -> list[dict[str, Any]]:
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["kind"] == kind]


def environment(folder: Path, **env: str) -> dict[str, str]:
    """Describe a replica whose folder is ``folder``, free of what the tests themselves run in."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LONGBOAT_", "PYTHON"))}
    told = {"LONGBOAT_REPLICA_DIR": str(folder), "LONGBOAT_MODEL_DIR": str(folder / "model")}
    return {**kept, **told, "LONGBOAT_CHECKPOINT_DIR": str(folder / "checkpoints"), **env}


def start(
    tmp_path: Path, entry: str, *arguments: str, python: tuple[str, ...] = (), **env: str
) -> subprocess.Popen[bytes]:
    """Start a replica in ``tmp_path/work``; its folder is ``tmp_path/replica``."""
    folder = tmp_path / "replica"
    folder.mkdir(exist_ok=True)
    command = [sys.executable, *python, str(build(tmp_path / "guests")), "run", entry, *arguments]
    return subprocess.Popen(
        command,
        cwd=tmp_path / "work",
        env=environment(folder, **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen[bytes], tmp_path: Path) -> Result:
    with process:
        try:
            log, _ = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
    return Result(process.returncode, log.decode(), tmp_path / "replica")


def run_notebook(
    tmp_path: Path, *cells: str | dict[str, Any], python: tuple[str, ...] = (), **env: str
) -> Result:
    write(tmp_path, "entry.ipynb", json.dumps(notebook(*cells)))
    return finish(start(tmp_path, "entry.ipynb", python=python, **env), tmp_path)


def run_script(tmp_path: Path, source: str, *arguments: str, **env: str) -> Result:
    write(tmp_path, "entry.py", source)
    return finish(start(tmp_path, "entry.py", *arguments, **env), tmp_path)


def write(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "work" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
