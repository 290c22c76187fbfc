"""What the objects of an attempt are called, and the labels they are found by."""

from __future__ import annotations

from longboat.backends.base import AttemptRef
from longboat.spec.job import JobSpec, Replica

MANAGED_BY = "app.kubernetes.io/managed-by"
LONGBOAT = "longboat"
JOB = "longboat.dev/job"
ATTEMPT = "longboat.dev/attempt"
ROLE = "longboat.dev/role"
ALL_OURS = f"{MANAGED_BY}={LONGBOAT}"
"""Selector of everything that Longboat has made in a namespace."""
PORT = 2222
"""Where TensorFlow's server of each replica listens."""
_LONGEST_NAME = 30


def object_name(spec: JobSpec, ref: AttemptRef) -> str:
    """Name the attempt's objects: ``<name, ≤ 30>-<id>-<attempt>``, at most 46 characters."""
    return f"{spec.name[:_LONGEST_NAME].rstrip('-')}-{ref.job}-{ref.attempt}"


def secret_names(name: str, count: int) -> list[str]:
    """Name so many Secrets of the attempt whose objects are called ``name``."""
    return [name, *(f"{name}-{number}" for number in range(1, count))]


def labels(ref: AttemptRef) -> dict[str, str]:
    """Label each object of the attempt, its pods included."""
    return {MANAGED_BY: LONGBOAT, JOB: ref.job, ATTEMPT: str(ref.attempt)}


def replica_of(pod_labels: dict[str, str]) -> Replica | None:
    """Tell which replica a pod is, by its labels; None for a pod that is none of ours.

    ROLE is the template's own; the index is put there by the Job controller (TrainJob) or by the
    training operator (TFJob).
    """
    role = pod_labels.get(ROLE)
    index = pod_labels.get(
        "batch.kubernetes.io/job-completion-index",
        pod_labels.get("training.kubeflow.org/replica-index", ""),
    )
    if role not in ("chief", "worker", "ps", "evaluator") or not index.isdecimal():
        return None
    return Replica(role, int(index))  # type: ignore[arg-type]  # one of the four
