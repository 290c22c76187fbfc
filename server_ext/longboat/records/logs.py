"""The log of a replica: its bytes as they came, and beside them when they came.

``log`` holds standard output and error, byte for byte. ``log.times`` is a sparse index: records of
16 bytes, little-endian, (nanoseconds since the epoch, offset in the log); what begins at or after
that offset was written then or later. A record is added when at least 10 ms have passed since the
last one, so the index grows with time and not with what is printed.
"""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

RECORD = struct.Struct("<QQ")
RESOLUTION = 10_000_000
"""Nanoseconds between two records of the index."""
CHUNK = 1 << 20
"""Bytes read at once; a longer line is handed on in pieces of this size."""


class LogWriter:
    """Appends to a log; one writer at a time, which may be a successor of one that was killed.

    Nothing is held back: what ``write`` was given is in the file when it returns.
    """

    def __init__(self, log: Path, times: Path) -> None:
        self._log = _open_append(log)
        self._times = _open_append(times)
        self._last = -RESOLUTION
        _cut_torn_record(self._times)

    def write(self, data: bytes) -> None:
        """Append ``data``. Raises OSError (disk full): a part of it may then be in the file."""
        self._stamp()
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._log, rest) :]

    def close(self) -> None:
        """Close both files."""
        os.close(self._log)
        os.close(self._times)

    def _stamp(self) -> None:
        """Note the time before the bytes, so that whoever sees bytes finds their time too."""
        now = time.monotonic_ns()
        if now - self._last < RESOLUTION:
            return
        self._last = now
        record = RECORD.pack(time.time_ns(), os.fstat(self._log).st_size)
        try:
            written = os.write(self._times, record)
        except OSError:
            written = 0  # a full disk: the bytes matter more than their time
        if written != RECORD.size:
            _cut_torn_record(self._times)


def _open_append(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _cut_torn_record(descriptor: int) -> None:
    """Keep the records aligned after a writer died, or the disk was full, within one."""
    size = os.fstat(descriptor).st_size
    if size % RECORD.size:
        os.ftruncate(descriptor, size - size % RECORD.size)


def read(log: Path, offset: int = 0, limit: int = CHUNK) -> bytes:
    """Read at most ``limit`` bytes from ``offset`` on; empty when there is nothing (yet)."""
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(descriptor, limit, offset)
    finally:
        os.close(descriptor)


def tail_offset(log: Path, lines: int) -> int:
    """Find where the last ``lines`` lines begin; an unfinished last line counts as one."""
    try:
        position = log.stat().st_size
    except FileNotFoundError:
        return 0
    if lines <= 0 or not position:
        return position
    wanted = lines + 1 if read(log, position - 1, 1) == b"\n" else lines
    while position > 0:
        start = max(0, position - CHUNK)
        chunk = read(log, start, position - start)
        found = chunk.count(b"\n")
        if found >= wanted:
            return start + _nth_last_newline(chunk, wanted) + 1
        wanted -= found
        position = start
    return 0


def _nth_last_newline(chunk: bytes, number: int) -> int:
    at = len(chunk)
    for _ in range(number):
        at = chunk.rindex(b"\n", 0, at)
    return at


def tail(log: Path, lines: int) -> bytes:
    """Read the last ``lines`` lines."""
    offset, chunks = tail_offset(log, lines), []
    while chunk := read(log, offset):
        chunks.append(chunk)
        offset += len(chunk)
    return b"".join(chunks)
