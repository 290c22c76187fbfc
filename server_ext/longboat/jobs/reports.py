"""What a leader and an evaluator report, read no more often than is worth writing down."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec.structs import replace

from longboat.records.layout import AttemptDirectory
from longboat.records.status import Reported
from longboat.records.summary import Summary
from longboat.spec.job import JobSpec

INTERVAL = 1.0
"""Seconds: every change of a metric is a durable write of the status, two fsyncs."""


class Reports:
    """One attempt's reports, as they were at most a second ago."""

    def __init__(self, attempt: AttemptDirectory, spec: JobSpec) -> None:
        self._leader = _Events(attempt.replica(spec.leader).events)
        self._evaluators = {
            replica.role: _Events(attempt.replica(replica).events)
            for replica in spec.replicas
            if replica.role == "evaluator"
        }
        self._read_at = -INTERVAL
        self._last = Reported()

    def read(self, *, fresh: bool) -> Reported:
        """Read on; ``fresh`` when the attempt has ended and nothing may be missing."""
        now = time.monotonic()
        if fresh or now - self._read_at >= INTERVAL:
            self._last, self._read_at = self._update(), now
        return self._last

    def _update(self) -> Reported:
        """Put the evaluator's metrics under its role, beside those of the leader."""
        led = self._leader.update()
        metrics = dict(led.metrics)
        for role, events in self._evaluators.items():
            found = events.update().metrics
            metrics |= {f"{role}/{name}": value for name, value in found.items()}
        return replace(led, metrics=metrics)


class _Events:
    """Those of one replica, read on or, when others have taken their place, anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._summary = Summary(path)
        self._file = self._identity()

    def update(self) -> Reported:
        """Read on. What was fetched in the end may have more than what was read before."""
        before, self._file = self._file, self._identity()
        if before is not None and before != self._file:
            self._summary = Summary(self._path)
        return self._summary.update()

    def _identity(self) -> int | None:
        try:
            return self._path.stat().st_ino
        except OSError:
            return None
