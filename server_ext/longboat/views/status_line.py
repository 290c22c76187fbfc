"""One line at the bottom of the terminal that lines of output pass above."""

from __future__ import annotations

import shutil
import sys

from longboat.views.terminal import is_terminal, paint

ERASE = "\r\x1b[K"


class StatusLine:
    """Prints lines, and where it is a terminal keeps a line of status below them."""

    def __init__(self) -> None:
        self.live = is_terminal()
        """Whether the status is seen at all."""
        self._text = ""
        self._drawn = ""

    def print(self, line: str) -> None:
        """Print a line above the status."""
        self._erase()
        sys.stdout.write(line + "\n")

    def show(self, text: str) -> None:
        """Replace the status; cut to the terminal's width, so that it never takes two rows."""
        self._text = text

    def flush(self) -> None:
        """Bring everything to the eye."""
        if self.live and self._text != self._drawn:
            self._erase()
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write(paint(self._text[:width], dim=True))
            self._drawn = self._text
        sys.stdout.flush()

    def close(self) -> None:
        """Leave the terminal without a status."""
        self._erase()
        sys.stdout.flush()

    def _erase(self) -> None:
        if self._drawn:
            sys.stdout.write(ERASE)
            self._drawn = ""
