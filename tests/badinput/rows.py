"""One row of the table of bad input, and how many are written at once."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One wrong thing."""

    category: str
    argv: tuple[str, ...]
    field: str
    pattern: str
    """Found in the sentence by ``re.search``."""
    code: int = 2


def rows(category: str, *found: tuple[str, str, str]) -> list[Row]:
    """Rows of whole command lines."""
    return [Row(category, tuple(line.split(" ")), field, like) for line, field, like in found]


def submits(category: str, *found: tuple[str, str, str]) -> list[Row]:
    """Rows of options for ``submit nb.ipynb``; "∙" stands for a blank inside a word."""
    return [
        Row(
            category, ("submit", "nb.ipynb", *(w.replace("∙", " ") for w in line.split(" "))), *rest
        )
        for line, *rest in found
    ]
