"""The two-worker digits job against two plain processes that run the same cells."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from benchmarks.homes import DIGITS, bench_home
from benchmarks.measure import Figure, median

WORKERS = 2
PLAIN = """\
from longboat.guest import keras_mend
keras_mend.install(print)
"""


def figures() -> Iterator[Figure]:
    """Measure once each way, twice, in turn."""
    with bench_home() as (client, work):
        script = _script(work)

        def job() -> None:
            status = client.submit(DIGITS, workers=WORKERS).wait(timeout=300)
            assert status.state == "succeeded", status

        yield Figure(
            "two-worker digits, submit → succeeded",
            median(job, 3),
            None,
            "two plain processes, same mend and TF_CONFIG",
            median(lambda: _plain(script), 3),
            "goal: 1.3 × the peer",
        )


def _script(folder: Path) -> Path:
    """The notebook's cells as a script, with the mend in front."""
    cells = [
        cell.source
        for cell in nbformat.read(DIGITS, as_version=4).cells
        if cell.cell_type == "code" and "longboat:skip" not in cell.metadata.get("tags", ())
    ]
    for file in DIGITS.parent.iterdir():
        shutil.copy(file, folder)
    script = folder / "digits.py"
    script.write_text("\n\n".join([PLAIN, *cells]))
    return script


def _plain(script: Path) -> None:
    cluster = {"worker": [f"127.0.0.1:{port}" for port in _free_ports()]}
    started = []
    for index in range(WORKERS):
        config = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        environment = {
            **os.environ,
            "TF_CONFIG": json.dumps(config),
            "OMP_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
        }
        started.append(
            subprocess.Popen(
                [sys.executable, script.name],
                cwd=script.parent,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    assert [process.wait(timeout=300) for process in started] == [0] * WORKERS


def _free_ports() -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(WORKERS)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
