"""Why pods do not begin, why they ended, why an object was refused: a cluster's words as causes.

Pure functions over dicts as the API gives them. What the guest itself tells counts before these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longboat.backends.kubernetes.diagnosis.containers import Trouble, trouble_of_waiting
from longboat.backends.kubernetes.diagnosis.happenings import cause_of_events
from longboat.backends.kubernetes.diagnosis.pod_end import cause_of_pod_end
from longboat.backends.kubernetes.diagnosis.refusal import cause_of_refusal
from longboat.backends.kubernetes.diagnosis.room import node_room, problems_of_room
from longboat.backends.kubernetes.diagnosis.scheduling import cause_unscheduled
from longboat.explain.cause import Cause
from longboat.spec.job import Replica

__all__ = [
    "Trouble",
    "cause_of_events",
    "cause_of_pod_end",
    "cause_of_refusal",
    "node_room",
    "problems_of_room",
    "trouble_of_pod",
]

Object = Mapping[str, Any]


def trouble_of_pod(pod: Object, replica: Replica, nodes: Sequence[Object] = ()) -> Trouble | None:
    """Say why a pod that has not begun does not begin; None while all goes its way.

    ``nodes``, where they may be listed, let the sentence say what the largest node has.
    """
    details: dict[str, str | int | float] = {"replica": str(replica)}
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        if scheduled.get("reason") == "SchedulingGated":
            return Trouble(Cause("waiting-queue"), False)
        message = str(scheduled.get("message") or "")
        return Trouble(cause_unscheduled(message, pod, details, nodes), False)
    for container in pod.get("status", {}).get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting", {})
        reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
        trouble = trouble_of_waiting(reason, message, str(container.get("image") or ""), details)
        if trouble is not None:
            return trouble
    return None


def _condition(pod: Object, kind: str) -> Object:
    conditions = pod.get("status", {}).get("conditions", ())
    found: list[Object] = [each for each in conditions if each.get("type") == kind]
    return found[0] if found else {}
