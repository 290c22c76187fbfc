"""Rows as an HTML table in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from longboat.explain.words import one_line
from longboat.views.cells.markup import BORDER, CODE, FAINT, Markup, element, state

_CELL = "padding: 3px 16px 3px 0; white-space: nowrap"
_HEAD = f"{_CELL}; color: {FAINT}; font-weight: 600; border-bottom: 1px solid {BORDER}"
_BODY = f"{_CELL}; border-bottom: 1px solid {BORDER}"
_LONG = f"{_BODY}; white-space: normal; overflow-wrap: break-word; min-width: 6em"
_CODES = frozenset({"id", "job", "url"})
"""Columns of what one copies."""

_INITIALS = frozenset({"id", "url"})


class Heading(NamedTuple):
    """One column."""

    title: str
    right: bool = False
    wraps: bool = False
    """Its words may take several lines where the window is narrow."""


def table(headings: Sequence[Heading], rows: Sequence[Sequence[str]]) -> Markup:
    """Write the table; it scrolls sideways where it does not fit."""
    head = element("tr", *(_head(each) for each in headings))
    body = [
        element("tr", *(_cell(each, text) for each, text in zip(headings, row, strict=True)))
        for row in rows
    ]
    whole = element(
        "table",
        element("thead", head, style="background: transparent"),
        element("tbody", *body),
        style="border-collapse: collapse; margin: 0; table-layout: auto",
    )
    return element("div", whole, style="overflow-x: auto")


def _head(heading: Heading) -> Markup:
    align = f"; text-align: {'right' if heading.right else 'left'}"
    known = heading.title
    title = known.upper() if known in _INITIALS else known[:1].upper() + known[1:]
    return element("th", title, style=_HEAD + align, scope="col")


def _cell(heading: Heading, text: str) -> Markup:
    shown = one_line(text)
    style = f"{_LONG if heading.wraps else _BODY}; text-align: {_align(heading)}"
    if heading.title == "state":
        return element("td", state(shown), style=style)
    font = f"; font-family: {CODE}" if heading.title in _CODES else ""
    return element("td", shown, style=style + font)


def _align(heading: Heading) -> str:
    return "right; font-variant-numeric: tabular-nums" if heading.right else "left"
