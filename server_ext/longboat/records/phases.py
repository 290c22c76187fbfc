"""The phases of a job, out of its history: queued, starting, running, its end; by attempt."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, get_args

from longboat.records.history import STATE, Event, time_of
from longboat.records.status import JobState

MOST = 1000
"""The last ones; a job that was begun anew for weeks has more than anybody looks through."""
_STATES = frozenset(get_args(JobState))


class Phase(NamedTuple):
    """A time in which the state stayed the same; it lasts until the next one begins."""

    state: str
    attempt: int
    since: float
    """Seconds since the epoch; never before the one of the phase before."""
    reason: str
    message: str
    """Why it came to it, or what it waits for: the first that was said."""


def phases(events: Iterable[Event]) -> list[Phase]:
    """Read them off a job's history, the first one first; what is no sound event is passed over."""
    found: deque[Phase] = deque(maxlen=MOST)
    for event in events:
        phase = _phase(event)
        if phase is None:
            continue
        if not found:
            found.append(phase)
        elif (found[-1].state, found[-1].attempt) == (phase.state, phase.attempt):
            found[-1] = _told(found[-1], phase)
        else:
            # A clock may have been put back in between.
            found.append(phase._replace(since=max(phase.since, found[-1].since)))
    return list(found)


def _told(known: Phase, later: Phase) -> Phase:
    if known.message:
        return known
    return known._replace(reason=later.reason, message=later.message)


def _phase(event: Event) -> Phase | None:
    when, state, attempt = time_of(event), event.get("state"), event.get("attempt")
    is_sound = isinstance(state, str) and state in _STATES and isinstance(attempt, int)
    if event.get("kind") != STATE or when is None or not is_sound:
        return None
    reason, message = event.get("reason"), event.get("message")
    return Phase(str(state), int(attempt or 1), when, str(reason or ""), str(message or ""))
