"""Read a notebook or a script: what it holds, and what is wrong with it."""

from __future__ import annotations

import ast
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from longboat.errors import Problem
from longboat.guest.notebook import SKIP, SKIPPED
from longboat.guest.reading import Words, words_of
from longboat.spec import magics, source
from longboat.spec.document import FIELD, check_file, parse_document, read_bytes, refuse, text_of
from longboat.spec.job import Kind
from longboat.spec.problems import Problems, shown
from longboat.spec.source import Parameters

_MOST_PROBLEMS = 10
_MOST_COMMANDS = 100
"""Of one cell that are looked for one by one."""
PARAMETERS_TAG = "parameters"
_NOT_RUN = SKIPPED | {"injected-parameters"}
"""The last is an earlier run's, which gives way to the new values (papermill's word)."""


class Cell(msgspec.Struct, frozen=True):
    """A code cell that runs in a job."""

    number: int
    """From 1, as the guest counts: without empty cells and those that a job skips."""
    source: str
    tags: tuple[str, ...] = ()


class NotebookFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a notebook or script says of itself."""

    path: Path
    kind: Kind
    cells: tuple[Cell, ...]
    """What runs; a script is one cell."""
    kernel: str | None = None
    """The name of its kernel, as its metadata has it."""
    parameters: Parameters = Parameters()
    imports: frozenset[str] = frozenset()
    """Dotted names (source.imports)."""
    mentioned: tuple[str, ...] = ()
    """Relative POSIX paths in its strings that lie beside it, sorted."""
    words: Words | None = None
    """Of it and of the modules beside it that it imports; None where that is not known."""
    problems: tuple[Problem, ...] = ()
    """Syntax errors by the Python that runs this; only certain for a job in the same version."""


def read_notebook(path: Path) -> NotebookFacts:
    """Read a ``.ipynb`` (format 4) or ``.py`` file.

    Raises BadInput for field ``notebook`` when it cannot be one.
    """
    if path.suffix not in (".ipynb", ".py"):
        check_file(path)
        raise refuse(path, "is neither a notebook (.ipynb) nor a Python script (.py); name one")
    data = read_bytes(path)
    return _read_script(path, data) if path.suffix == ".py" else _read_ipynb(path, data)


def _read_ipynb(path: Path, data: bytes) -> NotebookFacts:
    document = parse_document(path, data)
    kernel = _check_language(path, document.get("metadata", {}))
    if not any(map(_is_code, document["cells"])):
        raise refuse(path, "has no code to run; write a code cell and save it")
    running = ((number, cell) for cell, number in numbered(document) if number is not None)
    cells = tuple(Cell(number, text_of(cell), _tags(cell)) for number, cell in running)
    if not cells:
        raise refuse(path, f"has nothing to run as a job: every cell is tagged {SKIP}; untag one")
    trees, problems = _parse_cells(cells)
    tagged = [tree for cell, tree in trees if PARAMETERS_TAG in cell.tags]
    return _facts(path, "notebook", cells, [t for _, t in trees], tagged, kernel, problems)


def numbered(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Give every cell with its number: from 1, as the guest counts; None for one that is not run.

    ``document`` is one that ``parse_document`` has given.
    """
    count = 0
    for cell in document["cells"]:
        runs = _is_code(cell) and not _NOT_RUN & set(_tags(cell))
        count += runs
        yield cell, count if runs else None


def _is_code(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code" and bool(text_of(cell).strip())


def _tags(cell: dict[str, Any]) -> tuple[str, ...]:
    tags = cell.get("metadata", {}).get("tags", [])
    return tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else ()


def _check_language(path: Path, metadata: dict[str, Any]) -> str | None:
    """Give the kernel's name, or refuse the notebook for being in another language."""
    spec, info = metadata.get("kernelspec"), metadata.get("language_info")
    spec = spec if isinstance(spec, dict) else {}
    info = info if isinstance(info, dict) else {}
    language = spec.get("language") or info.get("name")
    # Empty: the Lab has saved it before its kernel had said what it speaks.
    if isinstance(language, str) and language.lower() not in ("", "python", "ipython"):
        raise refuse(path, f"is written in {shown(language)}; Longboat runs Python notebooks")
    name = spec.get("name")
    return name if isinstance(name, str) and name else None


def _read_script(path: Path, data: bytes) -> NotebookFacts:
    problems = Problems()
    tree = None
    try:
        tree = source.parse(data)
    except SyntaxError as error:
        where = f" at line {error.lineno}" if error.lineno else ""
        problems.add(FIELD, f"{shown(path.name)} has a syntax error{where}: {error.msg}.")
    trees = [tree] if tree else []
    text = data.decode("utf-8", "replace")
    if tree is not None and not tree.body:
        raise refuse(path, "has no code to run; write some and save it")
    return _facts(path, "script", (Cell(1, text),), trees, [], None, problems)


def _parse_cells(cells: tuple[Cell, ...]) -> tuple[list[tuple[Cell, ast.Module]], Problems]:
    trees, problems = [], Problems()
    for cell in cells:
        try:
            tree = _parse_cell(cell.source)
        except SyntaxError as error:
            if len(problems.found) < _MOST_PROBLEMS:
                line = f", line {error.lineno}" if error.lineno else ""
                problems.add(FIELD, f"Cell {cell.number}{line} has a syntax error: {error.msg}.")
        else:
            trees += [(cell, tree)] if tree else []
    return trees, problems


def _parse_cell(text: str) -> ast.Module | None:
    """Parse a cell, if need be with its commands put aside; SyntaxError if it surely cannot run."""
    code = magics.python_of(text)
    if code is None:
        return None
    for attempt in (code, magics.without_commands(code)):
        with contextlib.suppress(SyntaxError):
            return source.parse(attempt)
    return _parse_carefully(code)


def _parse_carefully(code: str) -> ast.Module | None:
    """Put aside only those commands at which Python stops, one after the other."""
    for _ in range(_MOST_COMMANDS):
        try:
            return source.parse(code)
        except SyntaxError as error:
            mended = magics.without_command_at(code, error.lineno or 0)
            if mended is None and not magics.is_unclear(code):
                raise
            if mended is None:
                return None
            code = mended
    return None


def _facts(
    path: Path,
    kind: Kind,
    cells: tuple[Cell, ...],
    trees: list[ast.Module],
    tagged: list[ast.Module],
    kernel: str | None,
    problems: Problems,
) -> NotebookFacts:
    return NotebookFacts(
        path=path,
        kind=kind,
        cells=cells,
        kernel=kernel,
        parameters=source.parameters(trees, tagged),
        imports=source.imports(trees),
        mentioned=_mentioned(path.parent, trees),
        words=words_of(str(path)),
        problems=tuple(problems.found),
    )


def _mentioned(folder: Path, trees: list[ast.Module]) -> tuple[str, ...]:
    """Keep those string literals that name something inside the folder."""
    found = set()
    for text in source.strings(trees):
        relative = os.path.normpath(text) if 0 < len(text) <= 1000 and "\0" not in text else ""
        if relative in ("", ".") or relative[0] == "/" or relative.split("/")[0] == "..":
            continue
        if _exists(folder / relative):
            found.add(relative)
    return tuple(sorted(found))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
