"""The file that is being received: its pieces are kept as they come, and holes filled from sums."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from longboat.backends.kubernetes.receiving.files import (
    Announced,
    Appended,
    Part,
    place,
    unpacked,
)
from longboat.backends.kubernetes.receiving.state import State
from longboat.guest import inband, sums
from longboat.guest.inband import PIECE

_Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 32)]


class Sum(msgspec.Struct):
    """The sum of one column of a block of pieces (guest/sums.py)."""

    first: _Number
    count: Annotated[int, msgspec.Meta(ge=1, le=sums.COLUMNS * sums.ROWS)]
    column: Annotated[int, msgspec.Meta(ge=0, lt=sums.COLUMNS)]
    length: Annotated[int, msgspec.Meta(ge=0, le=PIECE)]
    """Bytes of the block's last piece; the others have PIECE."""
    last: bool
    data: str

    @property
    def end(self) -> int:
        """The number of the piece after the block."""
        return self.first + self.count

    @property
    def due(self) -> int:
        """How many sums of the same block come after this one."""
        return sums.COLUMNS - 1 - (self.column - self.count) % sums.COLUMNS


class Incoming:
    """Keeps one file's pieces among the parts; its numbers are in the state that is remembered."""

    def __init__(self, folder: Path, state: State, parts: Appended) -> None:
        self._folder = folder
        self._state = state
        self._parts = parts

    def begin(self, file: Announced) -> None:
        """Expect the pieces of a file. There must be none in between."""
        state = self._state
        state.file, state.file_start = file, self._parts.size
        state.next_piece, state.holes, state.last_known, state.sums_due = 0, [], False, 0

    def take_part(self, part: Part) -> bool:
        """Take a piece. False: the file cannot become whole. Raises OSError: no space."""
        state = self._state
        number = state.next_piece if part.piece is None else part.piece
        if not self._reach(number, PIECE):
            return False
        self._parts.add(inband.unpack(part.data))
        state.next_piece += 1
        state.last_known = state.last_known or part.last
        return self._finish(sums.COLUMNS if state.next_piece > sums.COLUMNS else 0)

    def take_sum(self, found: Sum) -> bool:
        """Fill the hole of a column. False: the file cannot become whole. Raises OSError."""
        state = self._state
        if not self._reach(found.end, found.length):
            return False
        state.last_known = state.last_known or found.last
        column = range(found.first + found.column, found.end, sums.COLUMNS)
        missing = [number for number in state.holes if number in column]
        if len(missing) == 1:
            others = (self._piece(number) for number in column if number != missing[0])
            piece = sums.total((inband.unpack(found.data), *others))
            is_last = missing[0] == found.end - 1
            self._parts.write_at(self._at(missing[0]), piece[: found.length if is_last else PIECE])
            state.holes.remove(missing[0])
        return self._finish(found.due)

    def _reach(self, number: int, length: int) -> bool:
        """Leave holes up to the piece of this number, the last of them ``length`` bytes long.

        False when they are more than can be filled, when that piece has come, or when the file as
        it was announced cannot have so many.
        """
        state = self._state
        missing = number - state.next_piece
        if not 0 <= missing <= sums.COLUMNS or number > _most_pieces(state.file):
            return False
        for size in [PIECE] * (missing - 1) + [length] * bool(missing):
            self._parts.add(bytes(size))
        state.holes += range(state.next_piece, number)
        state.next_piece = number
        return True

    def _finish(self, due: int) -> bool:
        """Put the file in its place if it is whole; False when it is not what was announced.

        ``due``: how many sums would follow.
        """
        state = self._state
        if state.file is None or state.holes or not state.last_known:
            return True
        content = unpacked(self._parts.read(state.file_start), state.file)
        if not place(self._folder, state.file.path, content):
            return False
        state.arrived += 1
        state.file, state.sums_due = None, due
        return True

    def _at(self, number: int) -> int:
        return self._state.file_start + number * PIECE

    def _piece(self, number: int) -> bytes:
        return self._parts.read_at(self._at(number), PIECE)


def _most_pieces(file: Announced | None) -> int:
    """Give how many pieces a file can have: packing makes it longer by 5 bytes in 16 kB at most."""
    size = file.size if file else 0
    return (size + size // 1000 + 64) // PIECE + 1
