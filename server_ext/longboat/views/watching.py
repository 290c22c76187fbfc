"""A job as it happens: logs, states as sentences, cells, metrics, and the time left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from longboat.explain.going_on import has_begun
from longboat.explain.words import duration, number, one_line
from longboat.guest import wire
from longboat.records.estimate import Pace
from longboat.records.history import STATE
from longboat.records.sources import GuestEvent, Item, JobEvent, Line
from longboat.records.summary import checkpoint_of
from longboat.spec.job import Replica
from longboat.views.replica_lines import Prefixes
from longboat.views.status_line import StatusLine
from longboat.views.terminal import metrics_line, paint, paint_state


def watch(items: Iterable[Item], replicas: Sequence[Replica], leader: Replica) -> None:
    """Show items until they end; on a terminal with a line of status at the bottom."""
    view = View(replicas, leader)
    try:
        for item in items:
            view.take(item)
    finally:
        view.close()


class View:
    """What is on the terminal while a job is followed."""

    def __init__(self, replicas: Sequence[Replica], leader: Replica) -> None:
        self._prefixes = Prefixes(replicas)
        self._leader = leader
        self._status = StatusLine()
        self._pace = Pace()
        self._state = ""
        self._cell = ""
        self._metrics: dict[str, Any] = {}
        self._done = ""
        self._remark = ""

    def take(self, item: Item) -> None:
        """Show one thing that happened."""
        if isinstance(item, Line):
            self._status.print(self._prefixes.line(item.replica, item.data))
        elif isinstance(item, JobEvent):
            self._take_state(item.event)
        elif isinstance(item, GuestEvent):
            self._take_report(item)
        self._status.show(self._summary())
        self._status.flush()

    def close(self) -> None:
        """Leave the terminal as it should be."""
        self._status.close()

    def _take_state(self, event: dict[str, Any]) -> None:
        if event["kind"] != STATE:
            return
        message = one_line(str(event.get("message") or ""), 1000)
        self._state = str(event.get("state", ""))
        self._remark = message
        if self._state != "running":
            self._cell, self._done = "", ""
        attempt = event.get("attempt", 1)
        again = f", attempt {attempt}" if isinstance(attempt, int) and attempt > 1 else ""
        self._note(f"{paint_state(self._state)}{again}{': ' if message else ''}{message}")

    def _take_report(self, item: GuestEvent) -> None:
        event = item.event
        if event["kind"] == wire.WARNING:
            text = one_line(str(event.get("message", "")), 1000)
            self._note(f"{item.replica}: {paint('warning:', 'yellow')} {text}")
        if item.replica.role == "evaluator" and event["kind"] == wire.METRICS:
            self._take_metrics(event, "evaluator/")
        if item.replica != self._leader:
            return
        match event["kind"]:
            case wire.CELL:
                self._take_cell(event)
            case wire.METRICS:
                self._take_metrics(event)
            case wire.PROGRESS:
                self._take_progress(item.time, event)
            case wire.PEERS:
                self._take_peers(event)
            case wire.CHECKPOINT if item.attempt > 1 and event.get("found") is True:
                found = checkpoint_of(event)
                path, epoch = (found.path, found.epoch) if found else (None, None)
                self._note(has_begun(item.attempt, epoch, path))

    def _take_cell(self, event: dict[str, Any]) -> None:
        state, at = event.get("state"), f"cell {event.get('index')} of {event.get('of')}"
        self._pace.clear()
        self._cell, self._done = at, ""
        if state == "started":
            self._note(at)
        elif state == "failed":
            self._note(paint(f"{at} failed", "red"))

    def _take_metrics(self, event: dict[str, Any], under: str = "") -> None:
        values = event.get("values")
        if not isinstance(values, dict):
            return
        values = {f"{under}{name}": value for name, value in values.items()}
        self._metrics.update(values)
        step = event.get("step")
        at = f"step {number(step)}: " if isinstance(step, int | float) else ""
        left = "" if self._status.live else self._left()
        self._note(f"{at}{metrics_line(values)}{' · ' if left else ''}{left}")

    def _take_progress(self, when: float, event: dict[str, Any]) -> None:
        done, total = event.get("done"), event.get("total")
        if isinstance(done, int | float) and isinstance(total, int | float) and total > 0:
            self._pace.add(when, done, total)
            self._done = f"{done / total:.0%}"

    def _take_peers(self, event: dict[str, Any]) -> None:
        missing = event.get("missing")
        waiting = event.get("state") == "waiting" and isinstance(missing, list) and missing
        self._remark = f"waiting for {', '.join(map(str, missing or ()))}" if waiting else ""

    def _note(self, text: str) -> None:
        self._status.print(f"{paint('·', dim=True)} {text}")

    def _summary(self) -> str:
        """The line of status."""
        if self._state != "running":
            return " · ".join(part for part in (self._state, self._remark) if part)
        parts = [
            self._state,
            one_line(self._remark, 80),
            self._cell,
            self._done,
            self._left(),
            metrics_line(dict(list(self._metrics.items())[:4])),
        ]
        return " · ".join(part for part in parts if part)

    def _left(self) -> str:
        """The time left, where anything is known of it."""
        left = self._pace.remaining()
        return f"about {duration(left)} left" if left else ""
