"""How long a person waits: a submit, a trivial notebook, an import, a help text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from benchmarks.homes import bench_home, trivial_notebook
from benchmarks.measure import Figure, median
from benchmarks.peers import scheduler_seconds

LONGBOAT = str(Path(sys.executable).with_name("longboat"))


def figures() -> Iterator[Figure]:
    """Measure each."""
    with bench_home() as (client, work):
        notebook = trivial_notebook(work)

        def whole() -> None:
            status = client.submit(notebook).wait(timeout=60)
            assert status.state == "succeeded", status

        seconds = median(whole, 10)
        yield Figure(
            "trivial notebook, submit → succeeded, steward up",
            seconds,
            0.5,
            "nbclient, warm process",
            median(lambda: _nbclient(notebook), 5),
        )
        yield Figure(
            "the same", seconds, 0.5, "jupyter-scheduler", scheduler_seconds(notebook, work)
        )
        jobs = []
        yield Figure(
            "durable submit call, p50",
            median(lambda: jobs.append(client.submit(notebook)), 30),
            0.005,
        )
        for job in jobs:
            job.stop()
        for job in jobs:
            job.wait(timeout=120)
    bare = median(lambda: _python("pass"), 10)
    yield Figure(
        "import longboat, over bare python",
        max(median(lambda: _python("import longboat"), 10) - bare, 0),
        0.030,
    )
    yield Figure("longboat --help", median(lambda: _run([LONGBOAT, "--help"]), 10), 0.150)


def _nbclient(path: Path) -> None:
    from nbclient import NotebookClient

    NotebookClient(nbformat.read(path, as_version=4), kernel_name="python3").execute()


def _python(code: str) -> None:
    _run([sys.executable, "-c", code])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
