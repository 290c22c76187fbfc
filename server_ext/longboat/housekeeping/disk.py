"""How much of the disk a folder takes: blocks, not lengths, and what has two names once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = 512
"""Bytes that ``st_blocks`` counts in, whatever the file system's own blocks are (stat(2))."""


class Piece(NamedTuple):
    """One thing in a folder."""

    path: tuple[str, ...]
    """The names that lead to it from the folder."""
    size: int
    """Bytes on the disk; 0 for a second name of a file."""


def pieces(folder: Path) -> Iterator[Piece]:
    """Give everything below ``folder``, links unfollowed; what cannot be seen is passed over."""
    seen: set[tuple[int, int]] = set()
    for parent, folders, files in os.walk(folder):
        above = Path(parent).relative_to(folder).parts
        for name in (*folders, *files):
            try:
                found = os.lstat(f"{parent}/{name}")
            except OSError:
                continue  # a running job has just removed it
            twice = found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode)
            known = twice and (found.st_dev, found.st_ino) in seen
            seen.add((found.st_dev, found.st_ino))
            yield Piece((*above, name), 0 if known else found.st_blocks * BLOCK)


def size_of(folder: Path) -> int:
    """Add up everything below ``folder``, in bytes."""
    return sum(piece.size for piece in pieces(folder))
