"""What a terminal would show of a stream: carriage returns and backspaces taken at their word."""

from __future__ import annotations

import re
from typing import List, Sequence, Union

_KEEP = 128 * 1024  # characters kept of each end of a long stream
_MOVES = re.compile(r"(\r|\x08|\x1b\[[02]?K)")
_CELLS = re.compile(r"(?:\x1b\[[0-9;]*[A-Za-z])*(?:[^\x1b]|\x1b(?!\[)|$)", re.DOTALL)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

_Line = Union[str, List[str]]


def strip_escapes(text: str) -> str:
    """Take colours and cursor movements out of ``text``."""
    return _ESCAPES.sub("", text)


def collapse(text: str) -> str:
    r"""Show ``text`` as a terminal leaves it: ``"10 %\r20 %"`` is ``"20 %"``.

    The last line keeps its cursor (as backspaces), so that collapsing pieces one after the other
    gives the same as collapsing the whole.
    """
    if not _MOVES.search(text):
        return text
    *lines, last = text.split("\n")
    return "\n".join([*(_collapse_line(line, False) for line in lines), _collapse_line(last, True)])


def _collapse_line(line: str, keep_cursor: bool) -> str:
    if not _MOVES.search(line):
        return line
    cells: _Line = [] if "\x1b" in line else ""
    cursor = 0
    for piece in _MOVES.split(line):
        if piece == "\r":
            cursor = 0
        elif piece == "\b":
            cursor = max(0, cursor - 1)
        elif piece.endswith("K") and piece.startswith("\x1b["):
            cells = cells[:cursor]
        elif piece:
            written = _cells(piece) if isinstance(cells, list) else piece
            cells = _overwrite(cells, cursor, written)
            cursor += len(written)
    shown = "".join(cells)
    return shown + "\b" * (len(cells) - cursor) if keep_cursor else shown


def _cells(piece: str) -> List[str]:
    """Cut into characters, each with the escape sequences before it."""
    return [cell for cell in _CELLS.findall(piece) if cell]


def _overwrite(cells: _Line, cursor: int, written: Sequence[str]) -> _Line:
    before, after = cells[:cursor], cells[cursor + len(written) :]
    return before + written + after  # type: ignore[operator]  # both are lists, or both are text


class Screen:
    """One stream of one cell, as it would be shown; a flood is kept only at its two ends."""

    def __init__(self) -> None:
        self._head = ""
        self._left_out = 0
        self._parts: List[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Take the next piece."""
        self._parts.append(text)
        self._size += len(text)
        if self._size > 4 * _KEEP:
            self._fold()

    def text(self) -> str:
        """All that is shown so far."""
        self._fold()
        tail = "".join(self._parts).rstrip("\b")
        if not self._left_out:
            return self._head + tail
        gap = f"\n… {self._left_out:,} characters are left out here; the log has them all …\n"
        return self._head + gap + tail

    def _fold(self) -> None:
        text = collapse("".join(self._parts))
        if not self._head and len(text) > 2 * _KEEP:
            self._head, text = text[:_KEEP], text[_KEEP:]
        if self._head and len(text) > _KEEP:
            self._left_out += len(text) - _KEEP
            text = text[-_KEEP:]
        self._parts, self._size = [text], len(text)
