"""How long something that counts its steps will still take."""

from __future__ import annotations

import statistics
from collections import deque
from itertools import pairwise

WINDOW = 60.0
"""Seconds that count as recent."""
SPACING = 0.1
"""Seconds within which counts are taken together: a loop may count thousands of times a second."""
KEPT = 8
"""Counts that are kept however old they are: some steps take minutes."""
PAUSE = 5.0
"""An interval longer than so many usual ones is a pause, and counts as so many."""


class Pace:
    """The recent pace of a count, and from it the time left.

    The pace is the mean seconds a step over the recent intervals, each bounded to PAUSE times the
    median: so a regular validation or checkpoint counts in, and one long wait does not spoil it.
    What led to the first step (tracing, filling a cache) is left out.
    """

    def __init__(self) -> None:
        self._counts: deque[tuple[float, float]] = deque()
        self._total = 0.0

    def add(self, t: float, done: float, total: float) -> None:
        """Note that ``done`` of ``total`` steps were done at ``t`` (seconds)."""
        if total != self._total or (self._counts and done < self._counts[-1][1]):
            self.clear()
            self._total = total
        if done <= 0 or (self._counts and done == self._counts[-1][1]):
            return
        if len(self._counts) > 1 and 0 <= t - self._counts[-2][0] < SPACING:
            self._counts.pop()
        self._counts.append((t, done))
        while len(self._counts) > KEPT and self._counts[0][0] < t - WINDOW:
            self._counts.popleft()

    def clear(self) -> None:
        """Forget all: what was counted has ended."""
        self._counts.clear()

    def remaining(self) -> float | None:
        """Estimate the seconds left at the last count; None when there is no basis for it."""
        pairs = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(self._counts) if b[0] > a[0]]
        if len(pairs) < 2:
            return None
        left = self._total - self._counts[-1][1]
        if left <= 0:
            return None
        usual = statistics.median(seconds / steps for seconds, steps in pairs)
        spent = sum(min(seconds, PAUSE * usual * steps) for seconds, steps in pairs)
        return left * spent / sum(steps for _, steps in pairs)
