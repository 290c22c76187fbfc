"""A metric's course as a small picture: inline SVG, no script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from longboat.views.cells.markup import ACCENT, FAINT, Markup, element
from longboat.views.terminal import metric

WIDTH, HEIGHT, EDGE = 180, 44, 2
MOST = 180
"""Points that are drawn: one for each of the picture's columns."""
KEPT = 4 * MOST
"""Points that are held; beyond, every second one goes."""

Point = tuple[float, float]


class Course:
    """The values of one metric by step, thinned out so that a long job takes no more room."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._every = 1
        self._passed = 0

    def add(self, step: float | None, value: float) -> None:
        """Note a value; without a step it counts as the next one. What is no number is left out."""
        at = step if step is not None else self.points[-1][0] + 1 if self.points else 0.0
        if not (math.isfinite(at) and math.isfinite(value)):
            return
        if self.points and at < self.points[-1][0]:  # counted anew: another fit, another attempt
            self.points.clear()
            self._every = 1
        self._passed += 1
        if self._passed % self._every == 0:
            self.points.append((at, value))
        if len(self.points) > KEPT:
            self.points = self.points[::2]
            self._every *= 2


def curve(name: str, points: Sequence[Point], last: float | None) -> Markup | None:
    """Draw the course of a metric with its last value; None where there are under two points."""
    if len(points) < 2:
        return None
    low, high = min(y for _, y in points), max(y for _, y in points)
    line = Markup(
        f'<polyline points="{_path(_thinned(points), low, high)}" fill="none" '
        f'style="stroke: {ACCENT}; stroke-width: 1.5; vector-effect: non-scaling-stroke"/>'
    )
    told = f"{name} from {metric(points[0][1])} to {metric(last)}"
    picture = element(
        "svg",
        line,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=str(WIDTH),
        height=str(HEIGHT),
        role="img",
        aria_label=told,
        style="display: block; overflow: visible",
    )
    words = element("span", f"{name} ", style=f"color: {FAINT}")
    value = element("span", metric(last), style="font-variant-numeric: tabular-nums")
    caption = element("figcaption", words, value, style="margin-bottom: 2px")
    return element("figure", caption, picture, style="margin: 0")


def _thinned(points: Sequence[Point]) -> Iterable[Point]:
    """At most MOST points; the first and the last are among them."""
    if len(points) <= MOST:
        return points
    step = (len(points) - 1) / (MOST - 1)
    return [points[round(number * step)] for number in range(MOST)]


def _path(points: Iterable[Point], low: float, high: float) -> str:
    found = list(points)
    left, right = found[0][0], found[-1][0]
    width, height = (right - left) or 1.0, (high - low) or 1.0
    # A value that never changes is a line in the middle.
    middle = 0.5 if high == low else 0.0
    return " ".join(
        f"{EDGE + (x - left) / width * (WIDTH - 2 * EDGE):.1f},"
        f"{HEIGHT - EDGE - ((y - low) / height + middle) * (HEIGHT - 2 * EDGE):.1f}"
        for x, y in found
    )
