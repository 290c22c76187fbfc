"""What commands print: sentences, JSON, tables that fit the terminal."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from longboat.explain.words import one_line
from longboat.views.cells.place import in_cell, show
from longboat.views.terminal import is_terminal, paint, paint_state

GAP = "  "


class Column(NamedTuple):
    """One column of a table."""

    title: str
    shrinks: bool = False
    """Cut first where the terminal is narrow."""
    right: bool = False


def say(text: str = "") -> None:
    """Print one line now, so that a pipe sees it now."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print a remark on standard error: standard output is for what was asked."""
    print(f"longboat: {text}", file=sys.stderr, flush=True)


def print_json(value: Any, *, compact: bool = False) -> None:
    """Print JSON: indented for a person's terminal, else, or where ``compact``, on one line."""
    indent = 2 if is_terminal() and not compact else None
    print(json.dumps(value, indent=indent, ensure_ascii=False, default=str), flush=True)


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print an aligned table, cut to the width of the terminal where there is one.

    Below a notebook's cell it is a table of HTML.
    """
    if in_cell():
        _show_table(columns, rows)
        return
    width = shutil.get_terminal_size().columns if is_terminal() else None
    for number, line in enumerate(format_table(columns, rows, width)):
        say(paint(line, bold=True) if number == 0 else line)


def _show_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from longboat.views.cells.table import Heading, table

    headings = [Heading(each.title, each.right, each.shrinks) for each in columns]
    show("\n".join(format_table(columns, rows)), table(headings, rows))


def format_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    width: int | None = None,
    state_paint: Callable[[str], str] = paint_state,
) -> list[str]:
    """Write a table as lines of at most ``width`` characters, the heading first.

    Cells are brought on one line without control characters. Too wide a table has its shrinking
    columns cut, the widest first, and then loses columns from the right.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    titles = [column.title.upper() for column in columns]
    widths = [max(map(len, group)) for group in zip(titles, *cells, strict=True)]
    kept = _fit(columns, widths, width)
    paints = [state_paint if column.title == "state" else str for column in columns]
    return [
        GAP.join(
            paints[i](_cell(line[i], widths[i], columns[i].right))
            if body
            else _cell(line[i], widths[i], columns[i].right)
            for i in range(kept)
        ).rstrip()
        for body, line in [(False, titles), *((True, row) for row in cells)]
    ]


def _fit(columns: Sequence[Column], widths: list[int], width: int | None) -> int:
    """Narrow ``widths`` in place; returns how many columns remain."""
    kept = len(columns)
    while width is not None and kept > 1:
        excess = sum(widths[:kept]) + len(GAP) * (kept - 1) - width
        if excess <= 0:
            break
        able = [i for i in range(kept) if columns[i].shrinks and widths[i] > 10]
        if not able:
            kept -= 1
            continue
        widest = max(able, key=lambda i: widths[i])
        widths[widest] = max(10, widths[widest] - excess)
    return kept


def _cell(text: str, width: int, right: bool) -> str:
    if len(text) > width:
        text = text[: width - 1] + "…"
    return text.rjust(width) if right else text.ljust(width)


def age(moment: float | None, now: float | None = None) -> str:
    """Write how long ago ``moment`` (seconds since the epoch) was, in one unit: ``5 min``."""
    if moment is None:
        return ""
    seconds = max(0, int((time.time() if now is None else now) - moment))
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
