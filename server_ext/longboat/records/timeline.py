"""Logs read forward with their times: one by itself, or the replicas' merged."""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from longboat.records.layout import ReplicaDirectory
from longboat.records.logs import CHUNK, RECORD, read
from longboat.spec.job import Replica


class Block(NamedTuple):
    """Whole lines that began to be written at about one time."""

    time: float
    """Seconds since the epoch, good to about 10 ms; 0 when the index does not know."""
    offset: int
    data: bytes


class Times:
    """Walks a time index forward beside its log, also while both grow."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._records: Iterator[tuple[int, ...]] = iter(())
        self._position = self._search(offset)
        self._next: tuple[int, ...] | None = None
        self._now = 0
        self.advance(offset)

    @property
    def now(self) -> float:
        """When the bytes at the present place were written, in seconds since the epoch."""
        return self._now / 1e9

    def advance(self, offset: int) -> int | None:
        """Go to ``offset``; returns where the next time begins, None when it is not known yet."""
        while True:
            self._next = self._next or self._load()
            if self._next is None:
                return None
            when, at = self._next
            if at > offset:
                return at
            self._now, self._next = when, None

    def _load(self) -> tuple[int, ...] | None:
        found = next(self._records, None)
        if found is None:
            data = read(self._path, self._position, 4096 * RECORD.size)
            data = data[: len(data) - len(data) % RECORD.size]
            self._position += len(data)
            self._records = RECORD.iter_unpack(data)
            found = next(self._records, None)
        return found

    def _search(self, offset: int) -> int:
        """Find the place of the last record at or before ``offset``, by halving."""
        try:
            low, high = 0, self._path.stat().st_size // RECORD.size
        except FileNotFoundError:
            return 0
        while low < high:
            middle = (low + high) // 2
            _, at = self._record(middle)
            low, high = (middle + 1, high) if at <= offset else (low, middle)
        return max(0, low - 1) * RECORD.size

    def _record(self, number: int) -> tuple[int, ...]:
        return RECORD.unpack(read(self._path, number * RECORD.size, RECORD.size))


class LogReader:
    """Reads a log forward in blocks; ``offset`` is where the next one begins.

    It may read while the log is written. The blocks, one after the other, are the log's bytes from
    the first offset on: none lost, none doubled.
    """

    def __init__(self, log: Path, times: Path, offset: int = 0) -> None:
        self._log = log
        self._times = Times(times, offset)
        self._chunk = b""
        self._at = 0
        self.offset = offset

    def next_block(self) -> Block | None:
        """Read the next whole lines; None when the log has none after ``offset`` (yet).

        A line of more than CHUNK bytes comes in pieces.
        """
        # The bytes are read before the times: a writer notes the time first (LogWriter).
        while not (cut := self._cut(self._times.advance(self.offset))):
            if not self._more():
                return self._take(self._last_line_end())
        return self._take(cut)

    def rest(self) -> Block | None:
        """Read the unfinished last line; None when there is none."""
        return self.next_block() or self._take(self.pending)

    @property
    def pending(self) -> int:
        """How many bytes have been read and not handed on: of an unfinished line, in the end."""
        return len(self._chunk) - self._at

    def _more(self) -> bool:
        data = read(self._log, self.offset + self.pending, CHUNK)
        self._chunk = self._chunk[self._at :] + data
        self._at = 0
        return bool(data)

    def _cut(self, boundary: int | None) -> int:
        """How many bytes are whole lines that begin before ``boundary``; 0: read more first.

        Where no boundary is near, more of the same moment may follow: then the chunk is filled
        before it is cut.
        """
        if boundary is not None and boundary - self.offset <= self.pending:
            last_byte = self._at + boundary - self.offset - 1
            if end := self._chunk.find(b"\n", last_byte) + 1:
                return end - self._at
        return (self._last_line_end() or CHUNK) if self.pending >= CHUNK else 0

    def _last_line_end(self) -> int:
        return max(0, self._chunk.rfind(b"\n", self._at) + 1 - self._at)

    def _take(self, size: int) -> Block | None:
        if not size:
            return None
        block = Block(self._times.now, self.offset, self._chunk[self._at : self._at + size])
        self._at += size
        self.offset += size
        return block


def blocks(log: Path, times: Path, offset: int = 0) -> Iterator[Block]:
    """Read a log to its present end, an unfinished last line included."""
    reader = LogReader(log, times, offset)
    while block := reader.rest():
        yield block


def split_lines(data: bytes) -> io.BytesIO:
    r"""Iterate over the lines, each with its newline; only ``\n`` ends one, never ``\r``."""
    return io.BytesIO(data)


def merged(
    replicas: Mapping[Replica, ReplicaDirectory], offsets: Mapping[Replica, int] | None = None
) -> Iterator[tuple[float, Replica, bytes]]:
    """Read several logs to their present ends as one, by time: (time, replica, line).

    Each replica's lines keep their order and their bytes. To resume, count the bytes taken of each
    replica and give them as ``offsets``. Memory does not grow with the logs.
    """
    start = offsets or {}
    streams = [
        _stream(order, replica, directory, start.get(replica, 0))
        for order, (replica, directory) in enumerate(replicas.items())
    ]
    for when, _, replica, data in heapq.merge(*streams):
        for line in split_lines(data):
            yield when, replica, line


def _stream(
    order: int, replica: Replica, directory: ReplicaDirectory, offset: int
) -> Iterator[tuple[float, int, Replica, bytes]]:
    """One log's blocks; ``order`` decides between replicas that wrote at the same time."""
    for block in blocks(directory.log, directory.log_times, offset):
        yield block.time, order, replica, block.data
