"""What follows when a job is displaced: pure functions, part of what reconcile decides.

Displaced is who had to leave through nobody's fault: preempted, evicted, its node or machine gone
or restarted. That uses up no retry, but it must lead somewhere: so many times in a row without a
new checkpoint, and the job fails.
"""

from __future__ import annotations

from msgspec.structs import replace

from longboat.explain.cause import Cause
from longboat.explain.going_on import will_go_on, will_start_over
from longboat.records.status import JobStatus, Reported

DISPLACEMENTS = frozenset(
    {
        *("preempted", "evicted", "node-lost", "node-drained", "turned-away"),
        *("rebooted", "container-gone"),
    }
)
MOST_FRUITLESS = 5
"""Displacements in a row without a new checkpoint."""


def is_displacement(cause: Cause) -> bool:
    """Tell whether the job had to leave through no fault of its own."""
    own_fault = cause.reason == "evicted" and cause.details.get("lack") == "limit"
    return cause.reason in DISPLACEMENTS and not own_fault


def updated(status: JobStatus, reported: Reported) -> JobStatus:
    """Take in what the leader of the present attempt has said."""
    status = replace(status, metrics=reported.metrics, progress=reported.progress)
    if not reported.looked:
        return status
    return replace(
        status,
        checkpoint=reported.checkpoint,
        begun=status.attempt,
        resumed=reported.resumed,
    )


def fruitless_after(status: JobStatus, reported: Reported) -> int:
    """Count displacements in a row without a new checkpoint, if the attempt ends with this one."""
    found, before = reported.checkpoint, reported.resumed
    is_new = found is not None and found.kept and (before is None or found != before)
    return 0 if is_new else status.fruitless + 1


def retries_used(status: JobStatus) -> int:
    """Count the retries that are used up when the present attempt has failed by itself."""
    return status.attempt - status.displaced


def prospect(status: JobStatus, at: float, *, displaced: bool) -> str:
    """Say from where the attempt after this one will go on; ``at`` is when this one has ended.

    Of a job that failed by itself only what it has: it may well need no checkpoint.
    """
    found, attempt = status.checkpoint, status.attempt + 1
    if found is not None and found.kept:
        return will_go_on(attempt, found.epoch, found.path, max(0.0, at - found.written))
    return will_start_over(attempt, lost=found is not None) if displaced else ""


def next_attempt(status: JobStatus, reason: str, message: str) -> JobStatus:
    """Plan the attempt after this one."""
    found = status.checkpoint
    return replace(
        status,
        state="queued",
        reason=reason,
        message=message,
        attempt=status.attempt + 1,
        attempt_started=None,
        replicas=(),
        checkpoint=found if found is not None and found.kept else None,
    )
