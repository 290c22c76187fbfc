"""One line below the lines of output of a cell: a display that is updated in place."""

from __future__ import annotations

import html
import sys
import time
from typing import Any

_EVERY = 0.25
"""Seconds between two updates at least: each is a message to everybody who looks."""


def in_cell() -> bool:
    """Whether this runs in the kernel of a notebook, where displays can be updated."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class CellStatus:
    """Prints lines, and keeps a line of status in the cell's output."""

    live = True
    """The status is seen."""

    def __init__(self) -> None:
        self._text = ""
        self._drawn = ""
        self._drawn_at = 0.0
        self._handle: Any = None

    def print(self, line: str) -> None:
        """Print a line."""
        sys.stdout.write(line + "\n")

    def show(self, text: str) -> None:
        """Replace the status."""
        self._text = text

    def flush(self) -> None:
        """Bring everything to the eye."""
        sys.stdout.flush()
        if self._text != self._drawn and time.monotonic() - self._drawn_at >= _EVERY:
            self._draw(self._text)

    def close(self) -> None:
        """Leave the cell without a status: what it said last may not be so any more."""
        sys.stdout.flush()
        if self._handle is not None:
            self._draw("")

    def _draw(self, text: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": text, "text/html": f"<code>{html.escape(text)}</code>"}
        if self._handle is None:
            show: Any = display
            self._handle = show(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
        self._drawn, self._drawn_at = text, time.monotonic()
