"""Timing, and the table in which it is reported."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured thing, beside its goal and, where there is one, a peer measured in this run."""

    name: str
    seconds: float
    goal: float | None = None
    """Seconds, or, with a peer that must not be exceeded, None."""
    peer: str = ""
    peer_seconds: float | None = None
    note: str = ""


@contextmanager
def stopwatch(into: list[float]) -> Iterator[None]:
    """Append how long the block took."""
    started = time.perf_counter()
    yield
    into.append(time.perf_counter() - started)


def median(action: Callable[[], object], runs: int, warm_ups: int = 1) -> float:
    """Time ``action`` ``runs`` times after some that do not count; give the median in seconds."""
    times: list[float] = []
    for _ in range(warm_ups):
        action()
    for _ in range(runs):
        with stopwatch(times):
            action()
    return statistics.median(times)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def written(seconds: float) -> str:
    """Write a duration in the unit that fits it."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def row(figure: Figure) -> str:
    """Write one figure as a line of the table."""
    goal = written(figure.goal) if figure.goal is not None else "–"
    peer = ratio = "–"
    if figure.peer_seconds is not None:
        peer = f"{figure.peer} {written(figure.peer_seconds)}"
        ratio = f"{figure.seconds / figure.peer_seconds:.2f}×"
    cells = (figure.name, written(figure.seconds), goal, peer, ratio, figure.note)
    return "| " + " | ".join(cells) + " |"


COLUMNS = ("What", "Longboat (median)", "goal", "peer, same run", "ours ÷ peer", "note")
HEADER = "| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|"
