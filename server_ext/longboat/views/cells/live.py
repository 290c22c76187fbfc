"""A job's card while the job is followed: one output of the cell, drawn anew when it changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from longboat.explain.words import duration, one_line
from longboat.guest import wire
from longboat.records.sources import GuestEvent, Item, Line
from longboat.spec.job import Replica
from longboat.views.cells.card import card, excerpt, moment
from longboat.views.cells.curve import Course
from longboat.views.cells.place import Shown
from longboat.views.cells.tail import Tail
from longboat.views.terminal import metrics_line

EVERY = 0.35
"""Seconds between two looks: each that found something is a message to everybody who looks."""
LINES, MOST_LINES = 12, 200
"""Of the log, without being asked and at most: the card is sent whole each time."""
_MOST_COURSES = 32


class Look(NamedTuple):
    """What a card shows of a job beside what it followed itself."""

    job: dict[str, Any]
    """The stable JSON."""
    failed: tuple[str, str, int | None] | None = None
    """Where it failed in words, that cell's source and the line in it."""


def lines_shown(asked: int | None) -> int:
    """How many lines of the log's end a card shows."""
    return LINES if asked is None else min(asked, MOST_LINES)


class LiveCard:
    """What is in the cell's output while a job is followed."""

    def __init__(
        self,
        replicas: Sequence[Replica],
        leader: Replica,
        look: Callable[[], Look],
        lines: int,
    ) -> None:
        """``look`` tells how the job is now; ``lines`` of the log's end are shown."""
        self._look = look
        self._leader = leader
        self._shown = Shown()
        self._courses: dict[str, Course] = {}
        self._log = Tail(replicas, lines)

    def take(self, item: Item) -> None:
        """Take note of what happened."""
        if isinstance(item, Line):
            self._log.add(item)
        elif isinstance(item, GuestEvent):
            self._take_report(item)

    def draw(self, note: str = "") -> None:
        """Show how it is."""
        job, failed = self._look()
        log = self._log.lines()
        shown = card(
            job,
            courses=self._courses,
            log=log,
            excerpt=excerpt(*failed) if failed else None,
            notes=[note],
        )
        where = [failed[0]] if failed else []
        self._shown.draw("\n".join([_summary(job), *where, *log, *([note] if note else [])]), shown)

    def leave(self, note: str) -> None:
        """Say in the card that nobody looks any more: it would seem to be of now for ever."""
        self.draw(f"Not watched since {moment(time.time())}. {note}")

    def _take_report(self, item: GuestEvent) -> None:
        """Of the leader and the evaluator, whose metrics are the job's."""
        values = item.event.get("values")
        if item.event["kind"] != wire.METRICS or not isinstance(values, dict):
            return
        under = "evaluator/" if item.replica.role == "evaluator" else ""
        if not under and item.replica != self._leader:
            return
        step = item.event.get("step")
        for name, value in values.items():
            if isinstance(value, int | float) and len(self._courses) < _MOST_COURSES:
                course = self._courses.setdefault(f"{under}{name}", Course())
                course.add(step if isinstance(step, int | float) else None, value)


def _summary(job: dict[str, Any]) -> str:
    """The card in one line of text."""
    at, runs = job["progress"], job["state"] == "running"
    parts = [
        f"{one_line(job['name'])} {job['id']} {job['state']}",
        one_line(job["message"], 1000),
        f"cell {at['cell']} of {at['cells']}" if runs and at["cells"] else "",
        f"{at['done'] / at['total']:.0%}" if runs and at["total"] else "",
        f"about {duration(at['remaining'])} left" if runs and at["remaining"] else "",
        metrics_line(dict(list(job["metrics"].items())[:4])),
    ]
    return " · ".join(part for part in parts if part)
