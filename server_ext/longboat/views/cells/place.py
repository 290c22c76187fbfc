"""Where words go in a notebook: the output of the cell that runs, as a display of its own."""

from __future__ import annotations

import sys
from typing import Any


def in_cell() -> bool:
    """Whether this runs in the kernel of a notebook, where displays can be updated."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def typed(command: str) -> str:
    """Write a command of the command line as it is typed here: a cell's begins with ``%``."""
    return f"%{command}" if in_cell() else command


def show(plain: str, html: str) -> None:
    """Show something once, as HTML where that can be shown, else as text."""
    Shown().draw(plain, html)


class Shown:
    """One output of a cell: however often it is drawn, the notebook's file holds it once."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._drawn = ("", "")

    def draw(self, plain: str, html: str) -> None:
        """Show it, in place of what it showed; what has not changed is no message."""
        from IPython.display import display

        if (plain, html) == self._drawn:
            return
        self._drawn = (plain, html)
        sys.stdout.flush()  # what was printed before stands above
        bundle = {"text/plain": plain, "text/html": html}
        if self._handle is None:
            first: Any = display
            self._handle = first(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
