"""What a cluster's events say of pods that are missing or do not begin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from longboat.backends.kubernetes.diagnosis.containers import (
    cause_of_pull,
    cause_of_settings,
    cause_of_start,
)
from longboat.backends.kubernetes.diagnosis.refusal import cause_of_refusal
from longboat.backends.kubernetes.diagnosis.scheduling import cause_unscheduled
from longboat.explain.cause import Cause
from longboat.explain.words import one_line

Event = Mapping[str, Any]

_CREATING = re.compile(r"^Error creating: |^Error: ")
_NO_NEWS = re.compile(r"^Error: (?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull)$")
_VOLUME = re.compile(r'for volume "([^"]+)"|volumes=\[([^\]]+)\]')
_OVERCOME = {
    "Scheduled": ("FailedScheduling",),
    "Pulled": ("FailedScheduling", "FailedMount", "FailedAttachVolume", "BackOff", "Failed"),
    "Started": ("FailedScheduling", "FailedMount", "FailedAttachVolume", "BackOff", "Failed"),
    "SuccessfulCreate": ("FailedCreate",),
    "SuccessfulCreatePod": ("FailedCreatePod",),
}
"""A later event of the same object that says that earlier ones no longer hold."""


def cause_of_events(events: Iterable[Event]) -> Cause | None:
    """Say what keeps pods from coming or beginning, newest first; None when nothing is said.

    ``events`` are those of an attempt's objects, in any order.
    """
    overcome: set[tuple[str, str]] = set()
    vague: Cause | None = None
    for event in sorted(events, key=_when, reverse=True):
        who, reason = str(event.get("involvedObject", {}).get("name", "")), event.get("reason", "")
        overcome |= {(who, each) for each in _OVERCOME.get(reason, ())}
        cause = None if (who, reason) in overcome else _cause(reason, event.get("message") or "")
        if cause is not None and cause.reason != "image-unavailable":
            return cause
        vague = vague or cause
    return vague


def _when(event: Event) -> str:
    """Its time: RFC 3339, so that the order of the texts is that of the times."""
    series = event.get("series") or {}
    times = (
        series.get("lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event.get("metadata", {}).get("creationTimestamp"),
    )
    return str(next(filter(None, times), ""))


def _cause(reason: str, message: str) -> Cause | None:
    match reason:
        case "FailedCreate" | "FailedCreatePod":
            return cause_of_refusal(403, "Forbidden", _CREATING.sub("", message), {})
        case "FailedScheduling":
            return cause_unscheduled(message, {}, {})
        case "FailedMount" | "FailedAttachVolume":
            return _unmounted(message)
        case "BackOff" | "InspectFailed" | "ErrImageNeverPull" if "image" in message:
            return cause_of_pull(message, "", {})
        case "FailedCreatePodSandBox":
            return Cause("container-not-created", {"why": one_line(message)})
        case "Failed" if not _NO_NEWS.match(message):
            return _failed(message)
    return None


def _failed(message: str) -> Cause:
    if "pull" in message or "image name" in message:
        return cause_of_pull(message, "", {})
    if "failed to start container" in message or "exec:" in message:
        return cause_of_start(message, {})
    return cause_of_settings(_CREATING.sub("", message), {})


def _unmounted(message: str) -> Cause:
    """A Secret that is missing is named; of anything else the volume and the reason are."""
    missing = cause_of_settings(message, {})
    if missing.reason == "secret-missing":
        return missing
    volume = _VOLUME.search(message)
    named = {"volume": volume[1] or volume[2]} if volume else {}
    return Cause("volume-not-mounted", {**named, "why": one_line(message)})
