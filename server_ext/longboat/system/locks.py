"""Locks that the kernel lets go of when their holder dies: open file description locks, fcntl(2).

Such a lock belongs to the open file, not to the process: a child forked with the descriptor keeps
it, and closing another descriptor of the same file does not lose it. All of these are exclusive and
advisory, over ranges of bytes that need not exist in the file.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from longboat.errors import Unavailable

_FLOCK = struct.Struct("hhqqi4x")
"""``struct flock`` on 64-bit Linux: type, whence, start, length, pid (0 for these locks)."""
_RETRY = 0.002
"""Seconds between two tries for a lock that another holds for a moment."""


def lock_range(descriptor: int, start: int, length: int) -> bool:
    """Lock bytes ``start`` to ``start + length``; False when another holds one of them."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _pack(fcntl.F_WRLCK, start, length))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def unlock_range(descriptor: int, start: int, length: int) -> None:
    """Let go of these bytes, whether they were held or not."""
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _pack(fcntl.F_UNLCK, start, length))


def locked_ranges(descriptor: int, start: int, end: int) -> list[tuple[int, int]]:
    """List in order the ranges [from, to) between ``start`` and ``end`` that others hold.

    The kernel names one conflict at a time, and not the first, so both sides of it are asked again.
    """
    found, unasked = [], [(start, end)]
    while unasked:
        low, high = unasked.pop()
        conflict = _conflict(descriptor, low, high)
        if conflict is not None:
            found.append(conflict)
            unasked += [(low, conflict[0]), (conflict[1], high)]
    return sorted(found)


def _conflict(descriptor: int, start: int, end: int) -> tuple[int, int] | None:
    """Some range between ``start`` and ``end`` that another holds."""
    if start >= end:
        return None
    answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _pack(fcntl.F_WRLCK, start, end - start))
    kind, _, first, length, _ = _FLOCK.unpack(answer)
    if kind == fcntl.F_UNLCK:
        return None
    last = first + length if length else end
    return max(first, start), min(last, end)


def _pack(kind: int, start: int, length: int) -> bytes:
    return _FLOCK.pack(kind, os.SEEK_SET, start, length, 0)


def take(path: Path) -> int | None:
    """Lock a file; gives its descriptor, or None when another has the lock.

    Makes the file and its folder. The lock is held until every copy of the descriptor is closed,
    those of forked processes too. Raises OSError when the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        locked = lock_range(descriptor, 0, 1)
        if locked and _leads_to(path, descriptor):
            return descriptor
        os.close(descriptor)
        if not locked:
            return None


def _leads_to(path: Path, descriptor: int) -> bool:
    """Tell whether the path leads to the open file: ``remove`` may have come in between."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def flock_within(descriptor: int, kind: int, seconds: float) -> bool:
    """Take a flock(2) lock, ``LOCK_SH`` or ``LOCK_EX``; False when others keep it out for longer.

    Unlike the other locks here it can be shared. It is asked for again and again, as whoever holds
    it may be suspended, and a caller that waits for ever cannot say so.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_RETRY)
        else:
            return True


class FileLock:
    """One lock on one file, which must be on a local disk. Not for sharing between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False at once when somebody (this object included) has it.

        Makes the file and its folder. Raises OSError when they cannot be made.
        """
        if self._descriptor is not None:
            return False
        self._descriptor = take(self.path)
        return self._descriptor is not None

    def remove(self) -> None:
        """Delete the file, which this object must hold: nobody else does then, nor will."""
        self.path.unlink(missing_ok=True)
        self.release()

    @contextlib.contextmanager
    def hold(self, seconds: float) -> Iterator[None]:
        """Take the lock within ``seconds``, for the length of a block.

        Raises Unavailable when another keeps it longer.
        """
        deadline = time.monotonic() + seconds
        while not self.acquire():
            if time.monotonic() >= deadline:
                raise Unavailable(f"{self.path} is held by another process; try again later.")
            time.sleep(_RETRY)
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Let go, also of copies of the descriptor that a fork has made just now. Idempotent."""
        if self._descriptor is not None:
            unlock_range(self._descriptor, 0, 1)
            os.close(self._descriptor)
            self._descriptor = None

    def held(self) -> bool:
        """Tell whether anybody holds it, this object included; takes nothing."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return bool(locked_ranges(descriptor, 0, 1))
        finally:
            os.close(descriptor)
