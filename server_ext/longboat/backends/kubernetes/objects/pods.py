"""What a pod's object says of itself; pods are dicts as the API gives them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.objects.naming import ATTEMPT, JOB, replica_of
from longboat.spec.job import Replica

Pod = Mapping[str, Any]

LOST_SECONDS = 120.0
"""How long after its time a pod that was told to end may still be there: its node is gone then."""


def name_of(pod: Pod) -> str:
    """The pod's name."""
    name: str = pod["metadata"]["name"]
    return name


def uid_of(pod: Pod) -> str:
    """What tells a pod from one that has taken its place under the same name."""
    uid: str = pod["metadata"]["uid"]
    return uid


def has_started(pod: Pod) -> bool:
    """Whether its container runs or has run, so that there is a log."""
    return any(
        "running" in state or "terminated" in state
        for status in pod.get("status", {}).get("containerStatuses", ())
        for state in (status.get("state", {}),)
    )


def has_ended(pod: Pod) -> bool:
    """Whether no process of it will run any more."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def has_failed(pod: Pod) -> bool:
    """Whether it has ended, and not well."""
    return bool(pod.get("status", {}).get("phase") == "Failed")


def exit_code_of(pod: Pod) -> int | None:
    """How its container ended, negative for a signal; None when nobody knows."""
    for status in pod.get("status", {}).get("containerStatuses", ()):
        ended = status.get("state", {}).get("terminated")
        if ended is not None:
            code = int(ended.get("exitCode", 0))
            return 128 - code if code > 128 else code
    return None


def is_lost(pod: Pod) -> bool:
    """Whether it should have been gone long ago: nobody on its node can say what became of it."""
    due = pod["metadata"].get("deletionTimestamp")
    if due is None or has_ended(pod):
        return False
    return time.time() - datetime.fromisoformat(due).timestamp() > LOST_SECONDS


def is_scheduled(pod: Pod) -> bool:
    """Whether it has been given a node."""
    return bool(pod.get("spec", {}).get("nodeName"))


def by_attempt(pods: Iterable[Pod]) -> dict[AttemptRef, dict[Replica, Pod]]:
    """Sort pods by attempt and replica; of several for one replica the newest counts."""
    found: dict[AttemptRef, dict[Replica, Pod]] = {}
    for pod in sorted(pods, key=lambda each: str(each["metadata"].get("creationTimestamp"))):
        labels = pod["metadata"].get("labels", {})
        replica = replica_of(labels)
        if replica is not None and labels.get(ATTEMPT, "").isdecimal():
            ref = AttemptRef(labels.get(JOB, ""), int(labels[ATTEMPT]))
            found.setdefault(ref, {})[replica] = pod
    return found


def trimmed(pod: dict[str, Any]) -> dict[str, Any]:
    """Keep what anybody here reads: a thousand pods are to fit in little memory."""
    metadata, spec = pod["metadata"], pod.get("spec", {})
    kept = ("name", "namespace", "labels", "creationTimestamp", "deletionTimestamp", "uid")
    return {
        "metadata": {key: metadata[key] for key in (*kept, "resourceVersion") if key in metadata},
        "spec": {
            key: spec[key]
            for key in (
                *("nodeName", "containers", "tolerations", "nodeSelector"),
                *("volumes", "activeDeadlineSeconds"),
            )
            if key in spec
        },
        "status": pod.get("status", {}),
    }
