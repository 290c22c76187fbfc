"""The files that a follower reads, each as a queue of items with times."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from longboat.records.history import STATE, Event, EventReader, Placed, time_of
from longboat.records.layout import ReplicaDirectory
from longboat.records.status import FINAL
from longboat.records.timeline import LogReader, split_lines
from longboat.spec.job import Replica


class JobEvent(NamedTuple):
    """Something in the job's own history: its state changed, its place in the queue."""

    time: float
    event: Event


class GuestEvent(NamedTuple):
    """Something a replica reported (guest/wire.py)."""

    time: float
    attempt: int
    replica: Replica
    event: Event


class Line(NamedTuple):
    r"""A line of a replica's log, or a piece of one.

    Without ``\n`` at its end it is unfinished: this replica's next one goes on from there.
    """

    time: float
    attempt: int
    replica: Replica
    offset: int
    data: bytes


Item = JobEvent | GuestEvent | Line


class Source(Protocol):
    """A file read forward; ``offset`` is after the last item that was taken."""

    offset: int

    def look(self, now: float, closed: bool) -> float | None:
        """When the next item happened, None without one; ``closed``: nothing more is written.

        ``now`` is monotonic seconds.
        """

    @property
    def at_once(self) -> bool:
        """More items of the same moment can be taken without another look."""

    def take(self) -> Item | None:
        """Take the next item, after a look that found one; None if it is to be passed over."""


class LogSource:
    """A log; an unfinished line counts once it has been quiet for ``partial_after`` seconds."""

    def __init__(
        self,
        attempt: int,
        replica: Replica,
        directory: ReplicaDirectory,
        offset: int,
        partial_after: float,
    ) -> None:
        self._attempt = attempt
        self._replica = replica
        self._reader = LogReader(directory.log, directory.log_times, offset)
        self._partial_after = partial_after
        self._time = 0.0
        self._lines: Iterator[bytes] = iter(())
        self._line: bytes | None = None
        self._pending = 0
        self._since = 0.0
        self.offset = offset

    def look(self, now: float, closed: bool) -> float | None:
        """See Source."""
        if self._line is None:
            block = self._reader.next_block()
            if block is None and (closed or self._is_quiet(now)):
                block = self._reader.rest()
            if block is None:
                return None
            self._time = block.time
            self._lines = split_lines(block.data)
            self._line = next(self._lines, None)
        return self._time

    @property
    def at_once(self) -> bool:
        """See Source."""
        return self._line is not None

    def take(self) -> Line:
        """See Source."""
        assert self._line is not None, "nothing was found by look()"
        line = Line(self._time, self._attempt, self._replica, self.offset, self._line)
        self.offset += len(self._line)
        self._line = next(self._lines, None)
        return line

    def _is_quiet(self, now: float) -> bool:
        if self._reader.pending != self._pending:
            self._pending, self._since = self._reader.pending, now
        return self._pending > 0 and now - self._since >= self._partial_after


class _EventSource:
    """An events.jsonl."""

    def __init__(self, path: Path, offset: int) -> None:
        self._reader = EventReader(path, offset)
        self._queue: deque[Placed] = deque()
        self._time = 0.0
        self.offset = offset

    def look(self, now: float, closed: bool) -> float | None:
        """See Source."""
        if not self._queue:
            self._queue.extend(self._reader.read())
        if not self._queue:
            return None
        when = time_of(self._queue[0].event)
        self._time = self._time if when is None else when
        return self._time

    @property
    def at_once(self) -> bool:
        """See Source."""
        return False

    def _next(self) -> Event:
        event, self.offset = self._queue.popleft()
        return event


class GuestSource(_EventSource):
    """What one replica reports."""

    def __init__(self, attempt: int, replica: Replica, path: Path, offset: int) -> None:
        super().__init__(path, offset)
        self._attempt = attempt
        self._replica = replica

    def take(self) -> GuestEvent:
        """See Source."""
        return GuestEvent(self._time, self._attempt, self._replica, self._next())


class JobSource(_EventSource):
    """The job's history; the end state waits until everything else has been read."""

    def __init__(self, path: Path, offset: int, attempt: int | None) -> None:
        super().__init__(path, offset)
        self._attempt = attempt
        self._last: Event | None = None

    def look(self, now: float, closed: bool) -> float | None:
        """See Source."""
        when = super().look(now, closed)
        if when is None or not _is_end(self._queue[0].event):
            return when
        return math.inf if closed else None

    def take(self) -> JobEvent | None:
        """See Source; what was said before, or is of another attempt, is passed over."""
        event = self._next()
        if self._is_foreign(event) or self._is_repeated(event):
            return None
        return JobEvent(self._time, event)

    def _is_foreign(self, event: Event) -> bool:
        return self._attempt is not None and event.get("attempt", self._attempt) != self._attempt

    def _is_repeated(self, event: Event) -> bool:
        """A steward that died before the status was written says the same again."""
        if event["kind"] != STATE:
            return False
        before, self._last = self._last, {**event, "t": None}
        return self._last == before


def _is_end(event: Event) -> bool:
    return event["kind"] == STATE and event.get("state") in FINAL
