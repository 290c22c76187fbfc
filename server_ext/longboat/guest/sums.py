"""What lets a file survive a hole in the stream: the sum of each column of its pieces.

When a node rotates a log, those who follow it lose what was written at that moment: 54 kB in a row
were seen. So a file's pieces are laid out in rows of COLUMNS, and each ROWS rows, or what is left
at the end, are followed by the exclusive or of each column. As many pieces in a row as there are
columns may then be missing (the column code of SMPTE 2022-1).
"""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterable, List, NamedTuple, Tuple

from longboat.guest.inband import PIECE

COLUMNS = 128
"""Pieces in a row that may be missing: 360 KiB."""
ROWS = 32
"""Pieces of each column, of which one may be missing; a sum for each 32 pieces is 3 % more."""


class Block(NamedTuple):
    """The sums of some pieces."""

    first: int
    """The number of the first piece."""
    pieces: int
    """How many there are."""
    sums: List[Tuple[int, bytes]]
    """Column, and PIECE bytes. The column whose last piece was sent longest ago comes first: a hole
    that takes pieces and sums takes no piece with its own sum."""


class Sums:
    """Adds up the pieces of one file, each PIECE bytes but the last."""

    def __init__(self) -> None:
        self._begins = 0
        self._count = 0
        self._columns: List[int] = []
        self._latest: Deque[bytes] = deque(maxlen=COLUMNS)

    @property
    def full(self) -> bool:
        """Whether it is time to take the sums."""
        return self._count == COLUMNS * ROWS

    def add(self, piece: bytes) -> None:
        """Add a piece; a short one counts as one with zeros behind it."""
        value = _number(piece)
        if self._count < COLUMNS:
            self._columns.append(value)
        else:
            self._columns[self._count % COLUMNS] ^= value
        self._count += 1
        self._latest.append(piece)

    def take(self) -> Block:
        """Give the sums of the pieces that were added since the last time.

        Where these are less than a row, a whole row is given, with some pieces from before.
        """
        begins, count, columns = self._begins, self._count, self._columns
        self._begins, self._count, self._columns = begins + count, 0, []
        if count < COLUMNS:
            begins, columns = begins + count - len(self._latest), [*map(_number, self._latest)]
            count = len(columns)
        order = [(count + column) % len(columns) for column in range(len(columns))]
        return Block(begins, count, [(n, columns[n].to_bytes(PIECE, "big")) for n in order])


def total(pieces: Iterable[bytes]) -> bytes:
    """Give the sum of pieces; of a column's sum and all but one of its pieces: the missing one."""
    value = 0
    for piece in pieces:
        value ^= _number(piece)
    return value.to_bytes(PIECE, "big")


def _number(piece: bytes) -> int:
    return int.from_bytes(piece.ljust(PIECE, b"\0"), "big")
