"""Homes and notebooks to measure on, gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from longboat.api import Client

DIGITS = Path(__file__).parents[2] / "images/notebook/examples/digits.ipynb"


@contextmanager
def bench_home() -> Iterator[tuple[Client, Path]]:
    """A fresh home with a pool of its own, and a folder to write notebooks into."""
    with TemporaryDirectory(prefix="longboat-bench-", ignore_cleanup_errors=True) as folder:
        work = Path(folder, "work")
        work.mkdir()
        os.environ["LONGBOAT_POOL"] = str(Path(folder, "pool"))
        try:
            yield Client(Path(folder, "home")), work
        finally:
            del os.environ["LONGBOAT_POOL"]


def trivial_notebook(folder: Path) -> Path:
    """One cell that prints."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1 + 1)")])
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "language": "python",
        "display_name": "Python 3",
    }
    path = folder / "trivial.ipynb"
    nbformat.write(notebook, path)
    return path
