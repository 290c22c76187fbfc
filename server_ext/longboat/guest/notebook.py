"""Notebooks as files: nbformat 4, read and written with json alone (nbformat.readthedocs.io)."""

from __future__ import annotations

import json
import keyword
import math
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from longboat.errors import BadInput, Problem

SKIP = "longboat:skip"
SKIPPED = frozenset({SKIP, "skip-execution"})
"""Tags of cells that run only interactively; the second is nbclient's."""
PARAMETERS = "parameters"
INJECTED = "injected-parameters"
EVALUATOR = "longboat:evaluator"
"""A cell that the evaluator alone runs; after the last of them it has done its work."""
RAISES = "raises-exception"
"""nbclient's tag: an error in this cell does not end the run."""

Raw = Dict[str, Any]


class Cell(NamedTuple):
    """One code cell that has something to run."""

    raw: Raw
    """The cell itself, inside the notebook."""
    source: str
    tags: Tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether it runs in a job."""
        return SKIPPED.isdisjoint(self.tags)


def load(path: str) -> Raw:
    """Read a Python notebook. Raises BadInput, also where there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            raw = json.load(file)
    except OSError as error:
        raise BadInput.of("notebook", f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise BadInput.of("notebook", f"{path} is not a notebook: {error}.") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
        raise BadInput.of("notebook", f"{path} is not a notebook of nbformat 4: it has no cells.")
    for number, cell in enumerate(raw["cells"], 1):
        if not _is_cell(cell):
            message = f"Cell {number} of {path} is not one of nbformat 4; save it again in Jupyter."
            raise BadInput.of("notebook", message)
    _check_language(path, raw)
    return raw


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict):
        return False
    metadata, source = cell.get("metadata", {}), cell.get("source", "")
    if not (isinstance(metadata, dict) and isinstance(metadata.get("tags", []), list)):
        return False
    lines = source if isinstance(source, list) else [source]
    return all(isinstance(line, str) for line in lines)


def _check_language(path: str, raw: Raw) -> None:
    metadata = _mapping(raw, "metadata")
    kernel, spoken = _mapping(metadata, "kernelspec"), _mapping(metadata, "language_info")
    language = kernel.get("language") or spoken.get("name") or "python"
    if str(language).lower() not in ("python", "ipython"):
        raise BadInput.of("notebook", f"{path} is written in {language}; choose a Python notebook.")


def _mapping(inside: Raw, key: str) -> Raw:
    """What is there, if it is an object; whoever made the notebook may have put anything there."""
    found = inside.get(key)
    return found if isinstance(found, dict) else {}


def code_cells(raw: Raw) -> Iterator[Cell]:
    """List the code cells that are not empty."""
    for cell in raw["cells"]:
        source = _text(cell.get("source", ""))
        if cell.get("cell_type") == "code" and source.strip():
            tags = tuple(map(str, cell.get("metadata", {}).get("tags", ())))
            yield Cell(cell, source, tags)


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def prepare(raw: Raw, parameters: Dict[str, Any]) -> Raw:
    """Make the notebook that is to run: no outputs, an id a cell, parameters after their cell.

    As papermill does, an earlier run's injected cell gives way. Raises BadInput when a parameter
    could not be a variable.
    """
    cells: List[Raw] = []
    for number, cell in enumerate(raw["cells"]):
        tags = cell.get("metadata", {}).get("tags", ())
        if INJECTED in tags:
            continue
        cells.append({"id": f"longboat-{number}", **_bare(cell)})
        if PARAMETERS in tags and cell.get("cell_type") == "code" and parameters:
            cells.append(_injected(parameters))
    minor = raw.get("nbformat_minor")
    later = minor if isinstance(minor, int) and minor > 5 else 5
    return {**raw, "cells": cells, "nbformat": 4, "nbformat_minor": later}


def _bare(cell: Raw) -> Raw:
    if cell.get("cell_type") != "code":
        return {"metadata": {}, **cell}
    return {"metadata": {}, **cell, "outputs": [], "execution_count": None}


def _injected(parameters: Dict[str, Any]) -> Raw:
    check_names(parameters)
    lines = [f"{name} = {_literal(value)}" for name, value in parameters.items()]
    return {
        "id": "longboat-parameters",
        "cell_type": "code",
        "metadata": {"tags": [INJECTED]},
        "source": "\n".join(["# Parameters of this job", *lines]),
        "outputs": [],
        "execution_count": None,
    }


def check_names(parameters: Dict[str, Any]) -> None:
    """Raise BadInput unless every name could be a variable."""
    problems = [
        Problem(f"parameters.{name}", f"{name!r} cannot be the name of a variable.")
        for name in parameters
        if not name.isidentifier() or keyword.iskeyword(name)
    ]
    if problems:
        raise BadInput(problems)


def _literal(value: Any) -> str:
    """Write a JSON value as Python reads it."""
    if isinstance(value, dict):
        inside = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)
