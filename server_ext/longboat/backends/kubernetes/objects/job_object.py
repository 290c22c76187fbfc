"""What the object that is an attempt, a TrainJob or a TFJob, says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

JobObject = Mapping[str, Any]

_FAILED = "Failed"
_OVER = ("Complete", "Succeeded", _FAILED)


def head(job: dict[str, Any]) -> dict[str, Any]:
    """Keep what is read of it."""
    metadata = job["metadata"]
    return {
        "metadata": {key: metadata[key] for key in ("name", "uid", "resourceVersion")},
        "suspended": _suspended(job.get("spec", {})),
        "failure": _failure(job.get("status", {})),
        "over": any(_holds(condition, *_OVER) for condition in _conditions(job.get("status", {}))),
    }


def is_suspended(job: JobObject | None) -> bool:
    """Whether it has been told to have no pods."""
    return job is not None and bool(job["suspended"])


def is_over(job: JobObject | None) -> bool:
    """Whether its controller counts it as ended, and may end none of its pods any more."""
    return job is not None and bool(job["over"])


def failure_of(job: JobObject | None) -> str | None:
    """Why its controller has given it up, in the controller's words; None when it has not."""
    return None if job is None else job["failure"]


def _suspended(spec: Mapping[str, Any]) -> bool:
    return bool(spec.get("runPolicy", spec).get("suspend"))


def _failure(status: Mapping[str, Any]) -> str | None:
    for condition in _conditions(status):
        if _holds(condition, _FAILED):
            return str(condition.get("message") or condition.get("reason") or _FAILED)
    return None


def _conditions(status: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return status.get("conditions") or ()


def _holds(condition: Mapping[str, Any], *types: str) -> bool:
    return condition.get("type") in types and condition.get("status") == "True"
