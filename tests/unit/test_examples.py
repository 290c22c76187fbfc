"""The example notebooks as somebody meets them in JupyterLab, cell by cell."""

from __future__ import annotations

import ast
import csv
import gzip
import importlib.util
import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "images" / "notebook" / "examples"


def cells(notebook: Path) -> list[str]:
    raw = json.loads(notebook.read_text())
    return ["".join(c["source"]) for c in raw["cells"] if c["cell_type"] == "code"]


def imported(source: str) -> set[str]:
    """The top-level modules that the code imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_all_that_an_example_imports_is_installed(notebook: Path) -> None:
    wanted = set().union(*map(imported, cells(notebook)))
    assert wanted
    assert {name for name in wanted if importlib.util.find_spec(name) is None} == set()


def test_the_example_request_is_the_first_held_out_digit() -> None:
    with gzip.open(EXAMPLES / "digits.csv.gz", "rt") as lines:
        *pixels, _ = list(csv.reader(lines))[1500]
    ((*rows,),) = json.loads((EXAMPLES / "digit.json").read_text())["instances"]
    assert [value * 16 for row in rows for (value,) in row] == [int(pixel) for pixel in pixels]
