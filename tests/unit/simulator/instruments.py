"""Puts the real reconcile (or a broken one) and the real executor under observation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from longboat.explain.cause import Cause
from longboat.explain.table import Explanation
from longboat.jobs import controller, executor
from longboat.jobs import reconcile as real
from longboat.jobs.actions import Action
from longboat.records.status import JobStatus
from simulator.faults import DiskFull, Faults, Violation

Reconcile = Callable[..., list[Action]]
ENDING = "!"
"""Marks a transition of a job that is to end."""


class _ErrorsAreViolations(logging.Handler):
    """The controller logs what it did not expect; nothing but an injected fault may be that."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, DiskFull):
            raise Violation(f"{record.getMessage()}: {error!r}") from error


@contextmanager
def installed(
    reconcile: Reconcile = real.reconcile, executor_class: type = executor.Executor
) -> Iterator[None]:
    """Let the controller use these, label every transition and take errors seriously."""
    logger = logging.getLogger("longboat")
    before = logger.handlers, logger.level, logger.propagate
    logger.handlers, logger.propagate = [_ErrorsAreViolations()], False
    logger.setLevel(logging.ERROR)
    try:
        with (
            patch.object(controller, "reconcile", _labelled(reconcile)),
            patch.object(controller, "Executor", executor_class),
            patch.object(real, "explain", _say_little),
            patch.object(executor, "explain", _say_little),
        ):
            yield
    finally:
        logger.handlers, level, logger.propagate = before
        logger.setLevel(level)


def _labelled(reconcile: Reconcile) -> Reconcile:
    names: dict[tuple[Any, ...], str] = {}

    def labelled(
        record: Any, intent: Any, status: JobStatus, seen: Any, *rest: Any, **named: Any
    ) -> list[Action]:
        actions = reconcile(record, intent, status, seen, *rest, **named)
        ending = bool(status.ending) or intent.target != "run"
        key = (status.state, status.settled, ending, seen.phase, *map(_name, actions))
        if key not in names:
            names[key] = _label(*key)
        faults = Faults.current
        faults.transition = names[key]
        faults.note(f"  {record.id}: {names[key]}")
        return actions

    return labelled


def _label(state: str, settled: bool, ending: bool, phase: str, *actions: str) -> str:
    what = f"{state}{ENDING if ending else ''}{' settled' if settled else ''}"
    return f"{what} / {phase} → {' '.join(actions) or 'nothing'}"


def _name(action: Action) -> str:
    status = getattr(action, "status", None)
    name = type(action).__name__
    return f"{name}({status.state})" if status is not None and name != "Settle" else name


_words: dict[str, Explanation] = {}


def _say_little(cause: Cause) -> Explanation:
    """Stand for ``explain``, whose sentences matter to nothing here and take half of the time."""
    if cause.reason not in _words:
        _words[cause.reason] = Explanation(cause.reason, cause.reason, "")
    return _words[cause.reason]
