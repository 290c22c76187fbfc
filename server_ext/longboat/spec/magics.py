"""Cells are IPython, not Python: put plain Python in the place of what only IPython reads.

Rules from IPython's documentation of its input transformation: ``%%name`` first makes a cell
magic; lines that start with ``%``, ``!``, ``?``, ``/``, ``,`` or ``;`` or end with ``?`` are
commands; ``x = !ls`` and ``x = %magic`` assign; an indented cell is moved to the left.
"""

from __future__ import annotations

import re
import textwrap

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_COMMAND = re.compile(r"\s*[%!?/,;]")
_HELP = re.compile(r"[^#'\"]*\?\s*$")
_ASSIGNMENT = re.compile(r"""^(\s*\w(?:[^=#("']|"[^"]*"|'[^']*')*=\s*)(?:!|%[A-Za-z])""")
_PYTHON_BODY = frozenset({"time", "timeit", "capture", "prun"})


def python_of(source: str) -> str | None:
    """Give the Python of a cell; None when its cell magic makes it something else."""
    magic = _CELL_MAGIC.match(source)
    if magic is None:
        return source
    if magic[1] not in _PYTHON_BODY:
        return None
    head, _, body = source.partition("%%")
    return head + "\n" + body.partition("\n")[2]


def without_commands(source: str) -> str:
    """Replace commands by ``pass`` and their assignments by None; lines keep their numbers.

    Lines are judged one by one: a line of a longer expression that starts with an operator, or of a
    text in triple quotes, can look like a command.
    """
    lines = textwrap.dedent(source).split("\n")
    number = 0
    while number < len(lines):
        number = _put_aside(lines, number) or number + 1
    return "\n".join(lines)


def without_command_at(source: str, number: int) -> str | None:
    """Replace only the command at line ``number`` (from 1); None when there is none."""
    lines = textwrap.dedent(source).split("\n")
    if not 0 < number <= len(lines) or _put_aside(lines, number - 1) is None:
        return None
    return "\n".join(lines)


def _put_aside(lines: list[str], number: int) -> int | None:
    """Replace the command that begins at this line (from 0); gives the line after its end."""
    line = lines[number]
    assignment = _ASSIGNMENT.match(line)
    if _COMMAND.match(line) or _HELP.match(line):
        lines[number] = line[: len(line) - len(line.lstrip())] + "pass"
    elif assignment:
        lines[number] = assignment[1] + "None"
    else:
        return None
    while line.endswith("\\") and number + 1 < len(lines):
        number += 1
        line, lines[number] = lines[number], ""
    return number + 1


def is_unclear(source: str) -> bool:
    """Tell whether only IPython knows what it is: pasted prompts, a ``?`` that ends a statement."""
    lines = source.split("\n")
    return any(
        line.lstrip().startswith((">>>", "In [", "...")) or _HELP.match(line) for line in lines
    )
