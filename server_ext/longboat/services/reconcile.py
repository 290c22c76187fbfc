"""What to do for a service next: a pure function of what is wanted, known and seen."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from longboat.backends.serving import ServiceObservation
from longboat.services.record import (
    KEEPS_ENDING,
    LOAD_FAILED,
    SWITCH_FAILED,
    SWITCHING,
    ServiceIntent,
    ServiceStatus,
)

BACKOFF = (0.0, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds before a predictor that is gone is started again: at once the first time."""
MAX_STARTS = 4
"""Starts in a row that came to nothing before the service counts as failed; it is still tried."""
STABLE = 60.0
"""Seconds after its start from which a predictor's end is the first again."""


class Apply(msgspec.Struct, frozen=True):
    """Have the backend answer as wanted; record ``status`` once it has accepted."""

    status: ServiceStatus


class Stop(msgspec.Struct, frozen=True):
    """Have the backend end it."""


class Record(msgspec.Struct, frozen=True):
    """Make a new status durable."""

    status: ServiceStatus


class Remove(msgspec.Struct, frozen=True):
    """Delete the record of a service that is no more."""


Action = Apply | Stop | Record | Remove


def reconcile(
    intent: ServiceIntent, status: ServiceStatus, seen: ServiceObservation, now: float
) -> list[Action]:
    """Decide; ``now`` in seconds since the epoch. What is already so needs no action."""
    if intent.target == "stopped":
        return [Remove()] if seen.phase == "absent" else [Stop()]
    if seen.phase == "absent":
        return _start(intent, status, now)
    if seen.url is not None and seen.generation != intent.generation:
        return [Apply(_turning(intent, status, seen))]
    new = _described(intent, status, seen, now)
    return [Record(new)] if new != status else []


def backoff(starts: int) -> float:
    """Seconds to wait after so many starts."""
    return BACKOFF[min(starts, len(BACKOFF) - 1)]


def _start(intent: ServiceIntent, status: ServiceStatus, now: float) -> list[Action]:
    changed = status.generation != intent.generation
    # A clock that was set back must not keep it waiting for longer than any pause is.
    waits = 0 < status.retry_at - now <= BACKOFF[-1]
    if waits and not changed:
        return []
    starts = 1 if changed else status.starts + 1
    new = ServiceStatus(
        generation=intent.generation, starts=starts, retry_at=now + backoff(starts), url=status.url
    )
    if starts > MAX_STARTS:
        new = replace(
            new,
            state="failed",
            reason=KEEPS_ENDING,
            message=f"Its predictor ended {starts - 1} times in a row; predictor.log in the "
            "service's folder says why.",
            settled=True,
        )
    return [Apply(new)]


def _turning(
    intent: ServiceIntent, status: ServiceStatus, seen: ServiceObservation
) -> ServiceStatus:
    """What is so while the backend turns to another generation."""
    new = replace(status, generation=intent.generation, settled=False, url=seen.url)
    return _loading(intent, new, seen)


def _described(
    intent: ServiceIntent, status: ServiceStatus, seen: ServiceObservation, now: float
) -> ServiceStatus:
    starts = 0 if now - status.retry_at > STABLE else status.starts
    new = replace(
        status,
        generation=intent.generation,
        url=seen.url,
        serving=seen.serving,
        starts=starts,
        reason="",
        message=seen.message,
        settled=seen.phase != "starting",
    )
    if seen.phase == "running":
        return replace(new, state="running")
    if seen.phase == "failed":
        return _failed(intent, new, seen)
    if seen.url is None and status.reason == KEEPS_ENDING:
        return replace(status, starts=starts)  # nothing has come of the next try yet
    return _loading(intent, new, seen)


def _failed(
    intent: ServiceIntent, status: ServiceStatus, seen: ServiceObservation
) -> ServiceStatus:
    if seen.serving is None:
        return replace(status, state="failed", reason=LOAD_FAILED)
    message = (
        f"Version {intent.spec.version} cannot be served, version {seen.serving} goes on: "
        f"{seen.message}"
    )
    return replace(status, state="running", reason=SWITCH_FAILED, message=message)


def _loading(
    intent: ServiceIntent, status: ServiceStatus, seen: ServiceObservation
) -> ServiceStatus:
    if seen.serving is None or seen.serving == intent.spec.version:
        return replace(status, state="starting", reason="", message=seen.message)
    message = (
        f"Version {intent.spec.version} is being loaded; version {seen.serving} answers until then."
    )
    return replace(status, state="running", reason=SWITCHING, message=message, serving=seen.serving)
