"""When to try again what has failed: later each time, so that it holds up nothing else."""

from __future__ import annotations

import time

_FIRST = 1.0
_LONGEST = 15.0
"""Seconds."""


class Pause:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self.failures = 0
        self._until = 0.0

    @property
    def over(self) -> bool:
        """Whether it may be tried."""
        return time.monotonic() >= self._until

    def failed(self) -> None:
        """Wait twice as long as the last time."""
        pause = min(_LONGEST, _FIRST * 2 ** min(self.failures, 8))
        self.failures += 1
        self._until = time.monotonic() + pause

    def succeeded(self) -> None:
        """Wait no more."""
        self.failures, self._until = 0, 0.0
