"""Read a file as it was at one moment, and nothing but a file of the folder."""

from __future__ import annotations

import os
import stat

_TRIES = 3
_PIECE = 1 << 20


def read_steady(path: str, limit: int) -> tuple[bytes, bool]:
    """Read a regular file of at most ``limit`` bytes; also tell whether it held still.

    A file that changes meanwhile is read again a few times; what is given is one reading, from
    its beginning to its end. A longer file gives ``limit`` + 1 bytes. ``path`` must not be a link.
    Raises OSError.
    """
    data = b""
    for _ in range(_TRIES):
        data, steady = _read_once(path, limit)
        if steady:
            return data, True
    return data, False


def _read_once(path: str, limit: int) -> tuple[bytes, bool]:
    # Not to hang on a pipe, nor to follow a link, that took the file's place meanwhile.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(22, "it is not a regular file any more")
        data = _read_all(descriptor, min(before.st_size, limit) + 1, limit)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return data, same and len(data) == min(before.st_size, limit + 1)


def _read_all(descriptor: int, first: int, limit: int) -> bytes:
    """Read to the end, or one byte past the limit; mostly in one piece."""
    pieces = [os.read(descriptor, first)]
    total = len(pieces[0])
    while pieces[-1] and total <= limit:
        pieces.append(os.read(descriptor, min(_PIECE, limit + 1 - total)))
        total += len(pieces[-1])
    return b"".join(pieces)
