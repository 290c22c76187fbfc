"""What a replica's events amount to: the last metrics, curves, and how far it is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, TypeGuard

from msgspec.structs import replace

from longboat.guest import wire
from longboat.records.estimate import Pace
from longboat.records.history import Event, EventReader, time_of
from longboat.records.status import Checkpoint, Reported

POINTS = 4096
"""Of a curve; a longer one is thinned evenly, as a screen has no more."""


class Series:
    """One metric over time: (seconds since the epoch, step or None, value)."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float | None, float]] = []
        self._stride = 1
        self._seen = 0

    def add(self, point: tuple[float, float | None, float]) -> None:
        """Add a point; when there are too many, every second one is dropped."""
        if self._seen % self._stride == 0:
            self.points.append(point)
        self._seen += 1
        if len(self.points) > POINTS:
            del self.points[1::2]
            self._stride *= 2


class Summary:
    """Reads one replica's ``events.jsonl`` on from where it last stopped."""

    def __init__(self, events: Path) -> None:
        self._reader = EventReader(events)
        self._pace = Pace()
        self._reported = Reported()
        self.series: dict[str, Series] = {}

    def update(self) -> Reported:
        """Take in what was appended, and give the whole as it is now."""
        while placed := self._reader.read():
            for event, _ in placed:
                self._take(event)
        # Once for all that came: an estimate looks at a whole minute of counts.
        self._set_progress(remaining=_seconds(self._pace.remaining()))
        return self._reported

    def _take(self, event: Event) -> None:
        match event["kind"]:
            case wire.METRICS:
                self._take_metrics(event)
            case wire.PROGRESS:
                self._take_progress(event)
            case wire.CELL:
                self._take_cell(event)
            case wire.CHECKPOINT:
                self._take_checkpoint(event)

    def _take_metrics(self, event: Event) -> None:
        values = event.get("values")
        if not isinstance(values, dict):
            return
        numbers = {name: _number(value) for name, value in values.items() if _is_text(name)}
        self._reported = replace(self._reported, metrics={**self._reported.metrics, **numbers})
        when, step = time_of(event), _number(event.get("step"))
        for name, number in numbers.items():
            if when is not None and number is not None:
                self.series.setdefault(name, Series()).add((when, step, number))

    def _take_progress(self, event: Event) -> None:
        when = time_of(event)
        done, total = _number(event.get("done")), _number(event.get("total"))
        if when is None or done is None or total is None:
            return
        self._pace.add(when, done, total)
        self._set_progress(done=done, total=total)

    def _take_cell(self, event: Event) -> None:
        index, of = event.get("index"), event.get("of")
        if not _is_count(index) or not _is_count(of):
            return
        self._set_progress(cell=index, cells=of)
        if event.get("state") in ("finished", "failed"):
            # What the cell counted is over; of the cells to come nothing is known.
            self._pace.clear()

    def _take_checkpoint(self, event: Event) -> None:
        checkpoint = checkpoint_of(event)
        self._reported = replace(self._reported, looked=True, checkpoint=checkpoint)
        if event.get("found") is True:
            self._reported = replace(self._reported, resumed=checkpoint)

    def _set_progress(self, **changes: Any) -> None:
        self._reported = replace(
            self._reported, progress=replace(self._reported.progress, **changes)
        )


def checkpoint_of(event: Event) -> Checkpoint | None:
    """Read which checkpoint an event tells of; None: of none, or it is no sound record."""
    written, path, epoch = _number(event.get("written")), event.get("path"), event.get("epoch")
    if written is None:
        return None
    return Checkpoint(
        written=float(written),
        path=path if isinstance(path, str) and _is_text(path) else "",
        epoch=epoch if _is_count(epoch) and not isinstance(epoch, bool) else None,
        kept=event.get("kept") is not False,
    )


def _number(value: object) -> float | None:
    """Take a finite number; None for anything else (a diverged loss is NaN).

    A whole number that no float can hold counts as infinite.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _is_count(value: object) -> TypeGuard[int]:
    """Tell whether it counts something, and is no larger than a record can hold."""
    return isinstance(value, int) and 0 <= value < 1 << 53


def _is_text(name: str) -> bool:
    """Tell whether a record can hold it: JSON also writes half of a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _seconds(value: float | None) -> float | None:
    """Whole seconds: an estimate is no better, and its every change is written to disk."""
    return None if value is None else float(round(value))
