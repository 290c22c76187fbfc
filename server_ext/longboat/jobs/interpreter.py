"""What can be told of the interpreter that will run a job, before there is one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from longboat.errors import BadInput, Problem
from longboat.snapshots.interpreter import ask
from longboat.spec.document import FIELD
from longboat.spec.job import JobSpec
from longboat.spec.notebook import NotebookFacts
from longboat.spec.problems import shown

_TENSORFLOW = ("tensorflow", "tf-nightly", "tf_nightly", "intel-tensorflow", "intel_tensorflow")
MOST_CELLS = 10
"""Cells that are named at once, as of syntax errors (spec/notebook.py)."""


def check_interpreter(spec: JobSpec, notebook: NotebookFacts, cache: Path) -> list[Problem]:
    """Find what keeps the spec's interpreter from running the notebook.

    It may be no working Python, or have no IPython for cells that only IPython can run; nothing is
    found for a backend elsewhere. ``cache`` keeps what interpreters answered.
    """
    if spec.python is None:
        return []
    try:
        there = ask(spec.python, cache).distributions
    except BadInput as error:
        return list(error.problems)
    # A path of the job's own may bring what is missing; the guest judges before the first cell.
    if "PYTHONPATH" in spec.env:
        return []
    names = {name.lower() for name in there}
    problems = [_no_tensorflow(spec)] if _lacks_tensorflow(notebook, names) else []
    if spec.kind == "notebook" and "ipython" not in names:
        problems += islice(_only_ipython(notebook), MOST_CELLS)
    return problems


def _lacks_tensorflow(notebook: NotebookFacts, installed: set[str]) -> bool:
    """Whether the code imports TensorFlow, and no distribution brings it, whatever it is called."""
    imports = any(name.partition(".")[0] == "tensorflow" for name in notebook.imports)
    return imports and not any(name.startswith(_TENSORFLOW) for name in installed)


def _no_tensorflow(spec: JobSpec) -> Problem:
    return Problem(
        "python",
        f"This needs TensorFlow, and the environment of {spec.python} has none. Choose another "
        "with --kernel or --python, or name tensorflow in a file for --requirements.",
    )


def _only_ipython(notebook: NotebookFacts) -> Iterator[Problem]:
    """Name each cell that needs IPython, where the interpreter has none."""
    from longboat.guest.plain import unsupported

    for cell in notebook.cells:
        found = unsupported(cell.source)
        if found is not None:
            line, text = found
            yield Problem(
                FIELD,
                f'Cell {cell.number}, line {line} has "{shown(text)}", which needs IPython; the '
                "job's interpreter does not have it. Install ipython there, choose another with "
                "--python or --kernel, tag the cell longboat:skip, or write it in plain Python.",
            )
