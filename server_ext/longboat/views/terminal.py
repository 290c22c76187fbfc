"""Words for a person, in colour where standard output is a terminal that wants it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from longboat.explain.words import one_line

STATE_COLOURS = {
    "succeeded": "green",
    "ready": "green",
    "ok": "green",
    "running": "cyan",
    "starting": "cyan",
    "queued": "yellow",
    "pending": "yellow",
    "warn": "yellow",
    "failed": "red",
    "bad": "red",
    "stopped": "magenta",
}


def is_terminal() -> bool:
    """Whether standard output is a terminal that a person looks at."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def colours_wanted() -> bool:
    """Whether to colour: a terminal, and NO_COLOR (no-color.org) is unset or empty."""
    return is_terminal() and not os.environ.get("NO_COLOR")


def unicode_works() -> bool:
    """Whether block characters can be printed."""
    try:
        "▀│…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def paint(text: str, colour: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
    """Colour ``text`` where colours are wanted."""
    if not colours_wanted():
        return text
    return click.style(text, fg=colour, bold=bold or None, dim=dim or None)


def paint_state(state: str) -> str:
    """Colour the name of a state."""
    return paint(state, STATE_COLOURS.get(state.strip()))


def metric(value: Any) -> str:
    """Write a metric's value with four significant digits."""
    if value is None:
        return "not a number"
    return f"{value:.4g}" if isinstance(value, int | float) else one_line(str(value), 40)


def metrics_line(values: Mapping[str, Any]) -> str:
    """Write metrics on one line: ``loss 0.12 · accuracy 0.97``."""
    return " · ".join(f"{one_line(name, 40)} {metric(value)}" for name, value in values.items())
