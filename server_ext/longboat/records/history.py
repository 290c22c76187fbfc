"""Events on disk: the job's own history and what its replicas reported (format: guest/wire.py)."""

from __future__ import annotations

import errno
import io
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from longboat.guest import wire
from longboat.records.logs import CHUNK, read

STATE = "state"
"""A kind of the job's own history; state, reason, message, attempt: it is now so."""

Event = dict[str, Any]


def append_event(path: Path, kind: str, fields: Event) -> None:
    """Append one event, durably, in a single write.

    A torn line, left by a full disk or a power cut, is closed first, so that it spoils only itself.
    Raises FileNotFoundError when the history was never begun: its job is gone, and OSError when it
    cannot be written whole.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + wire.encode(kind, **fields)
        if os.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def time_of(event: Event) -> float | None:
    """When it happened, in seconds since the epoch; None when it does not say so soundly."""
    value = event.get("t")
    try:
        when = float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        return None
    return when if math.isfinite(when) else None


class Placed(NamedTuple):
    """An event and the offset after its line, from which to read on."""

    event: Event
    end: int


class EventReader:
    """Reads events forward while they are written; ``offset`` is where it reads next.

    What is torn or foreign is passed over, also when it is of any length.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self.offset = offset

    def read(self) -> list[Placed]:
        """Read what was appended, a chunk at most; empty when there is nothing new."""
        while True:
            data = read(self._path, self.offset)
            whole = data.rfind(b"\n") + 1
            if not whole and len(data) < CHUNK:
                return []
            # A chunk of nothing but foreign bytes must not look like the end: read on after it.
            if found := list(self._take(data[: whole or len(data)])):
                return found

    def _take(self, data: bytes) -> Iterator[Placed]:
        for line in io.BytesIO(data):
            self.offset += len(line)
            for event in wire.decode(line):
                yield Placed(event, self.offset)


def read_events(path: Path) -> Iterator[Event]:
    """Read all events to the present end."""
    reader = EventReader(path)
    while placed := reader.read():
        for event, _ in placed:
            yield event
