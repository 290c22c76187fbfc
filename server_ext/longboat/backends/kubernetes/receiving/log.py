"""A replica's log with its time index (records/logs.py), written from a pod's lines."""

from __future__ import annotations

from longboat.backends.kubernetes.receiving.files import Appended
from longboat.records.layout import ReplicaDirectory
from longboat.records.logs import RECORD, RESOLUTION

_HELD = 1 << 20
"""Bytes after which what is held is written."""


class ReceivedLog:
    """Appends bytes with the times that the pod gave them."""

    def __init__(
        self, directory: ReplicaDirectory, size: int, times_size: int, last: int | None
    ) -> None:
        """``last``: the time of the index's last record, in nanoseconds."""
        self.file = Appended(directory.log, size)
        self.times = Appended(directory.log_times, times_size)
        if torn := self.times.size % RECORD.size:
            self.times.cut(self.times.size - torn)
        self.last = last
        self._written = self.file.size
        self._ends_line = not self.file.size or next(self.file.read(self.file.size - 1)) == b"\n"

    def add(self, at: int, data: bytes) -> None:
        """Add bytes that were printed at ``at``, in nanoseconds since the epoch."""
        # Not only forward: a node's clock may be set back.
        if self.last is None or abs(at - self.last) >= RESOLUTION:
            self.last = at
            self.times.add(RECORD.pack(at, self.file.size))
        self.file.add(data)
        self._ends_line = data.endswith(b"\n")
        if self.file.size - self._written >= _HELD:
            self.flush()

    def note(self, at: int, sentence: str) -> None:
        """Add a line of ours."""
        line = f"[longboat: {sentence}]\n".encode()
        self.add(at, line if self._ends_line else b"\n" + line)

    def flush(self) -> None:
        """Write what is held, the times first: who sees bytes finds their time. Raises OSError."""
        self.times.flush()
        self.file.flush()
        self._written = self.file.size
