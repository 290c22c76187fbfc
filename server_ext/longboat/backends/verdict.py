"""When an attempt ends, how, and whose fault it was: pure functions of what has been seen.

Times are seconds of one clock that does not jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from longboat.explain.cause import Cause
from longboat.spec.job import Replica, RoleName

GRACE = 10.0
"""Seconds that workers have to finish by themselves when the leader has succeeded."""
SERVERS_GRACE = 3.0
"""The same of parameter servers: those that the guest makes need no more than a moment."""
EVALUATOR_GRACE = 60.0
"""The same of an evaluator, which may have the last checkpoint still before it."""
_GRACES: dict[RoleName, float] = {"ps": SERVERS_GRACE, "evaluator": EVALUATOR_GRACE}
SETTLE = 1.0
"""Seconds to wait for the true culprit when a failure looks like the consequence of another."""

_CONSEQUENTIAL_SIGNALS = (6, 7, 11)
"""How TensorFlow's native code dies when a peer goes away: abort, bus error, segmentation fault."""
_CONSEQUENTIAL_ERRORS = ("AbortedError", "CancelledError", "UnavailableError")

Ending = Literal["succeeded", "failed", "stopped"]


class End(NamedTuple):
    """How one replica ended."""

    replica: Replica
    at: float
    """When it failed, which for an error the guest wrote down is before its process was gone."""
    cause: Cause | None
    """None: it succeeded."""
    asked: bool = False
    """It had been told to end before that."""


class Request(NamedTuple):
    """Somebody wants the attempt to end."""

    at: float
    ending: Ending
    cause: Cause


class Scene(NamedTuple):
    """All there is to see of an attempt."""

    replicas: Sequence[Replica]
    """The leader first."""
    ends: Sequence[End]
    request: Request | None
    now: float
    rehearsal: bool = False
    """Its workers have written all their checkpoints in a step: no evaluator waits for another."""

    @property
    def running(self) -> list[Replica]:
        """Those that have not ended."""
        ended = {end.replica for end in self.ends}
        return [replica for replica in self.replicas if replica not in ended]


class Verdict(NamedTuple):
    """How the attempt has ended."""

    ending: Ending
    cause: Cause | None = None


class Decision(NamedTuple):
    """What to do now."""

    stop: Sequence[Replica] = ()
    verdict: Verdict | None = None
    """Set once no replica runs."""
    again_at: float | None = None
    """When time alone changes the decision."""


def decide(scene: Scene) -> Decision:
    """Decide what to do; the same scene always gives the same decision.

    The leader's success, a failure of any other but the evaluator, and a request: whichever came
    first decides how the attempt ends.
    """
    succeeded_at = _success(scene)
    failures = _failures(scene, succeeded_at)
    request = scene.request
    if failures and (request is None or min(end.at for end in failures) <= request.at):
        return _failed(scene, failures)
    if succeeded_at is not None and (request is None or succeeded_at <= request.at):
        return _succeeded(scene, succeeded_at)
    if request is not None:
        return _end_all(scene, Verdict(request.ending, request.cause))
    return Decision()


def _success(scene: Scene) -> float | None:
    leader = scene.replicas[0]
    times = (end.at for end in scene.ends if end.replica == leader and end.cause is None)
    return next(times, None)


def _failures(scene: Scene, before: float | None) -> list[End]:
    return [
        end
        for end in scene.ends
        if end.cause is not None
        and not end.asked
        and end.replica.role != "evaluator"
        and (before is None or end.at <= before)
    ]


def _failed(scene: Scene, failures: list[End]) -> Decision:
    culprit = blame(failures)
    settled_at = min(end.at for end in failures) + SETTLE
    if _is_consequence(culprit) and scene.running and scene.now < settled_at:
        return Decision(again_at=settled_at)
    return _end_all(scene, Verdict("failed", culprit.cause))


def _succeeded(scene: Scene, at: float) -> Decision:
    graces = {**_GRACES, "evaluator": GRACE} if scene.rehearsal else _GRACES
    due = {replica: at + graces.get(replica.role, GRACE) for replica in scene.running}
    later = [moment for moment in due.values() if moment > scene.now]
    if scene.request is not None or not later:
        return _end_all(scene, Verdict("succeeded"))
    over = [replica for replica, moment in due.items() if moment <= scene.now]
    return Decision(stop=over, again_at=min(later))


def _end_all(scene: Scene, verdict: Verdict) -> Decision:
    if scene.running:
        return Decision(stop=scene.running)
    return Decision(verdict=verdict)


def blame(failures: Sequence[End]) -> End:
    """Choose the failure that set off the others.

    The first one; but within SETTLE of it one that cannot be the consequence of another is
    preferred to one that can: a peer may notice a failure before the failing replica has written
    it down.
    """
    ordered = sorted(failures, key=lambda end: (end.at, end.replica))
    soon = [end for end in ordered if end.at <= ordered[0].at + SETTLE]
    return next((end for end in soon if not _is_consequence(end)), ordered[0])


def _is_consequence(end: End) -> bool:
    """Whether replicas end like this when a peer is gone."""
    assert end.cause is not None
    details = end.cause.details
    return (
        end.cause.reason == "peers-missing"
        or (end.cause.reason == "killed" and details.get("signal") in _CONSEQUENTIAL_SIGNALS)
        or details.get("ename") in _CONSEQUENTIAL_ERRORS
    )
