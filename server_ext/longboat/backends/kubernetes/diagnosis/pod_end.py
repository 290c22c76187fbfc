"""Why a pod ended, from its object alone: for pods whose guest left no word of its own."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from typing import Any

from longboat.backends.kubernetes.diagnosis.containers import STARTING, cause_of_start
from longboat.backends.kubernetes.diagnosis.quantity import quantity_or_zero
from longboat.explain.cause import Cause
from longboat.explain.words import one_line
from longboat.spec.job import Replica

Object = Mapping[str, Any]
Details = dict[str, str | int | float]

_DISRUPTIONS = {
    "PreemptionByScheduler": "preempted",
    "DeletionByTaintManager": "node-lost",
    "DeletionByPodGC": "node-lost",
    "EvictionByEvictionAPI": "node-drained",
    "TerminationByKubelet": "node-drained",
}
"""Reasons of the condition DisruptionTarget (Kubernetes: Pod disruption conditions)."""
_OF_POD = {
    "NodeLost": "node-lost",
    "NodeStatusUnknown": "node-lost",
    "Shutdown": "node-drained",
    "NodeShutdown": "node-drained",
    "Terminated": "node-drained",
    "Preempting": "preempted",
}
"""Reasons of a pod's status, of the kubelet and of the node controller."""
_LOW = re.compile(r"low on resource: ([\w-]+)")
_OVER_LIMIT = re.compile(
    r'total limit of containers (\S+?)\.|storage limit "([^"]+)"|exceeds the limit "([^"]+)"'
)
_SIGNALS = range(129, 193)
"""Exit codes 128 + n: how the container runtime tells of signal n."""


def cause_of_pod_end(pod: Object, replica: Replica) -> Cause | None:
    """Say why the pod ended so; None for success.

    ``pod`` is as the API gives it. What was done to it from outside counts before its exit code.
    """
    status, details = pod.get("status", {}), Details(replica=str(replica))
    if status.get("phase") == "Succeeded":
        return None
    ended = _terminated(status)
    if ended.get("reason") == "OOMKilled":
        return _out_of_memory(pod, details)
    return (
        _of_pod(pod, details)
        or _of_disruption(pod, details)
        or _of_deletion(pod, ended, details)
        or _of_container(ended, details)
        or _unexplained(status, details)
    )


def cause_of_departure(pod: Object, replica: Replica) -> Cause | None:
    """Say who ended a pod from outside, as far as it was known while it was still there."""
    details = Details(replica=str(replica))
    found = _of_pod(pod, details) or _of_disruption(pod, details)
    if found is None and "deletionTimestamp" in pod.get("metadata", {}):
        return Cause("pod-deleted", details)
    return found


def _terminated(status: Object) -> Mapping[str, Any]:
    """How its container ended; of several, the first that failed."""
    ends = [
        each["state"]["terminated"]
        for each in status.get("containerStatuses", ())
        if "terminated" in each.get("state", {})
    ]
    return next((end for end in ends if end.get("exitCode")), ends[0] if ends else {})


def _out_of_memory(pod: Object, details: Details) -> Cause:
    limits = (
        quantity_or_zero(each.get("resources", {}).get("limits", {}).get("memory", 0))
        for each in pod.get("spec", {}).get("containers", ())
    )
    limit = int(sum(limits))
    if not limit:  # it was the node that had no more
        return Cause("killed", {**details, "signal": int(signal.SIGKILL)})
    return Cause("out-of-memory", {**details, "used": limit, "limit": limit})


def _of_pod(pod: Object, details: Details) -> Cause | None:
    """What the kubelet or a controller wrote over the whole pod."""
    status = pod.get("status", {})
    reason, message = str(status.get("reason") or ""), str(status.get("message") or "")
    if reason == "Evicted":
        return _evicted(message, pod, details)
    if reason == "DeadlineExceeded":
        seconds = pod.get("spec", {}).get("activeDeadlineSeconds")
        return Cause("deadline", {"seconds": seconds} if seconds else {})
    if reason in _OF_POD:
        return Cause(_OF_POD[reason], {**details, **_node(pod)})
    if reason and not status.get("containerStatuses"):
        return Cause("turned-away", {**details, **_node(pod), "why": one_line(message or reason)})
    return None


def _evicted(message: str, pod: Object, details: Details) -> Cause:
    over = _OVER_LIMIT.search(message)
    if over is not None:
        limit = int(quantity_or_zero(next(filter(None, over.groups()))))
        return Cause("evicted", {**details, "lack": "limit", "limit": limit})
    low = _LOW.search(message)
    lack = {"memory": "memory", "pids": "processes"}.get(low[1], "disk") if low else "unknown"
    said = {"why": one_line(message)} if message else {}
    return Cause("evicted", {**details, **_node(pod), "lack": lack, **said})


def _of_disruption(pod: Object, details: Details) -> Cause | None:
    for condition in pod.get("status", {}).get("conditions", ()):
        if condition.get("type") == "DisruptionTarget" and condition.get("status") == "True":
            reason = _DISRUPTIONS.get(str(condition.get("reason")))
            if reason is not None:
                return Cause(reason, {**details, **_node(pod)})
    return None


def _of_deletion(pod: Object, ended: Mapping[str, Any], details: Details) -> Cause | None:
    """Whoever deletes a pod has its processes ended by these two signals."""
    asked = "deletionTimestamp" in pod.get("metadata", {})
    if asked and ended.get("exitCode") in (128 + signal.SIGTERM, 128 + signal.SIGKILL):
        return Cause("pod-deleted", details)
    return None


def _of_container(ended: Mapping[str, Any], details: Details) -> Cause | None:
    code = int(ended.get("exitCode") or 0)
    if ended.get("reason") in STARTING:
        return cause_of_start(str(ended.get("message") or ""), details)
    if ended.get("reason") == "ContainerStatusUnknown":
        return Cause("node-lost", details)
    if code in _SIGNALS:
        return Cause("killed", {**details, "signal": code - 128})
    return Cause("exit-code", {**details, "code": code}) if code else None


def _unexplained(status: Object, details: Details) -> Cause | None:
    return Cause("vanished", details) if status.get("phase") == "Failed" else None


def _node(pod: Object) -> Details:
    name = pod.get("spec", {}).get("nodeName")
    return {"node": name} if name else {}
