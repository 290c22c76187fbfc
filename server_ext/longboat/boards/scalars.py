"""What a replica reported, as an event file that TensorBoard reads.

Only TensorBoard's own writer of records and its messages are needed, which import no TensorFlow.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from longboat.guest import wire
from longboat.records.history import Event, EventReader, time_of

FILE = "events.out.tfevents.{number:010d}.longboat"
_VERSION = "brain.Event:2"
"""What the first record of an event file says."""
_FARTHEST = 1 << 63
"""Steps are signed 64-bit numbers."""


class Scalar(NamedTuple):
    """One value of one metric."""

    tag: str
    step: int
    time: float
    """Seconds since the epoch."""
    value: float


class Counting:
    """Makes scalars of events; a metric that was reported without a step is counted."""

    def __init__(self) -> None:
        self._reported: Counter[str] = Counter()

    def scalars(self, event: Event) -> Iterator[Scalar]:
        """Give the values of an event; none for what is no soundly written report of metrics."""
        values, when = event.get("values"), time_of(event)
        if event["kind"] != wire.METRICS or not isinstance(values, dict) or when is None:
            return
        step = _whole(event.get("step"))
        for tag, value in values.items():
            number = _number(value)
            if number is not None and _is_text(tag):
                yield Scalar(tag, self._reported[tag] if step is None else step, when, number)
                self._reported[tag] += 1


class ScalarFile:
    """One replica's metrics in ``folder``; made when there is the first of them."""

    def __init__(self, events: Path, folder: Path) -> None:
        self._events = events
        self._folder = folder
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._reader = EventReader(self._events)
        self._counting = Counting()
        self._inode: int | None = None

    @property
    def path(self) -> Path:
        """Where they are written now."""
        return self._folder / FILE.format(number=self._number)

    def update(self) -> None:
        """Write what was reported since; from the beginning where the record is another now.

        Raises OSError.
        """
        inode = _inode(self._events)
        if self._inode not in (None, inode):
            # It was fetched anew from a volume: what had been missing is in between.
            self.path.unlink(missing_ok=True)
            self._number += 1
            self._begin()
        self._inode = inode
        while placed := self._reader.read():
            self._write([found for each in placed for found in self._counting.scalars(each.event)])

    def _write(self, scalars: list[Scalar]) -> None:
        if scalars:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(_begun() if file.tell() == 0 else b"")
                file.write(b"".join(_records(scalars)))


def _begun() -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event as Message

    return _record(Message(file_version=_VERSION).SerializeToString())


def _records(scalars: Iterable[Scalar]) -> Iterator[bytes]:
    from tensorboard.compat.proto.event_pb2 import Event as Message
    from tensorboard.compat.proto.summary_pb2 import Summary

    for tag, step, when, value in scalars:
        # Its readers bring this older, smaller form to the one of today.
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        yield _record(Message(wall_time=when, step=step, summary=summary).SerializeToString())


def _record(message: bytes) -> bytes:
    """Frame a message with its length and both checksums."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    framed = io.BytesIO()
    RecordWriter(framed).write(message)
    return framed.getvalue()


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _whole(value: object) -> int | None:
    number = _number(value)
    if number is None or not math.isfinite(number) or abs(number) >= _FARTHEST:
        return None
    return int(number)


def _number(value: object) -> float | None:
    """Take a number; NaN where null stands for what JSON does not have, None for anything else."""
    if value is None:
        return math.nan
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _is_text(tag: str) -> bool:
    """Tell whether a message can hold it: JSON also writes half of a surrogate pair."""
    try:
        tag.encode()
    except UnicodeEncodeError:
        return False
    return True
