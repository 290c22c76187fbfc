"""What runs jobs on a cluster, and whether its controller answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import JOB_SETS, TF_JOBS, TRAIN_JOBS, Kind
from longboat.backends.kubernetes.diagnosis.causes import cause_of_refusal
from longboat.doctor.finding import Finding
from longboat.errors import Unavailable
from longboat.explain.words import one_line
from longboat.spec.cluster import ClusterConfig

_ABSENT = "longboat-doctor"
"""The name of objects that are never made."""
_NAMES = {TRAIN_JOBS: "Kubeflow Trainer (TrainJob)", TF_JOBS: "the training operator (TFJob)"}
_INSTALL = "Ask the cluster's administrator to install Kubeflow Trainer 2 with JobSet."


def engine(access: Access, config: ClusterConfig) -> Iterator[Finding]:
    """Which engines are offered, which is used, and whether that one admits jobs now."""
    offered = access.offers()
    there = [kind for kind in (TRAIN_JOBS, TF_JOBS) if kind in offered]
    if not there:
        message = "Nothing runs jobs there: neither Kubeflow Trainer nor the training operator."
        yield Finding("engine", "bad", message, _INSTALL)
        return
    used = used_kind(config, there)
    if used not in there:
        message = f"[{config.name}] asks for {_NAMES[used]}, and the cluster does not have it."
        fix = f"Leave `engine` out there: the cluster has {_NAMES[there[0]]}; or: {_INSTALL}"
        yield Finding("engine", "bad", message, fix)
        return
    others = "".join(f"; {_NAMES[kind]} is there as well" for kind in there if kind != used)
    yield Finding("engine", "ok", f"{_capital(_NAMES[used])} runs jobs{others}.")
    if used == TRAIN_JOBS and JOB_SETS not in offered:
        message = "JobSet is missing, which Kubeflow Trainer makes pods with."
        yield Finding(
            "engine", "bad", message, "Ask the cluster's administrator to install JobSet."
        )
    yield _webhook(access, used)


def used_kind(config: ClusterConfig, there: list[Kind]) -> Kind:
    """The kind of object that a job of this cluster is."""
    if config.engine is None:
        return there[0]
    return TRAIN_JOBS if config.engine == "trainjob" else TF_JOBS


def _webhook(access: Access, kind: Kind) -> Finding:
    """Ask the controller's webhook about a job: a dry run, of which nothing stays."""
    try:
        access.create(kind, _trial(kind), dry_run=True)
    except Refused as error:
        return _judged(kind, error)
    except Unavailable as error:
        message = f"The controller of {_NAMES[kind]} does not answer: {one_line(str(error))}"
        fix = "Tell the cluster's administrator this sentence: its pods may be down."
        return Finding("engine", "bad", message, fix)
    return Finding("engine", "ok", f"{_capital(_NAMES[kind])} admits jobs.")


def _judged(kind: Kind, error: Refused) -> Finding:
    cause = cause_of_refusal(error.status, error.reason, error.message, dict(error.details))
    if cause.reason == "admission-denied":  # its runtime is not there: this is what was hoped for
        return Finding("engine", "ok", f"The controller of {_NAMES[kind]} answers.")
    if cause.reason == "forbidden":
        message = f"Whether the controller of {_NAMES[kind]} answers is not known without rights."
        return Finding("engine", "warn", message)
    return Finding("engine", "bad", f"A job would be refused: {one_line(error.message)}")


def _trial(kind: Kind) -> dict[str, Any]:
    metadata = {"name": _ABSENT}
    if kind == TRAIN_JOBS:
        runtime = {"name": _ABSENT, "kind": "TrainingRuntime"}
        return {"metadata": metadata, "spec": {"suspend": True, "runtimeRef": runtime}}
    container = {"name": "tensorflow", "image": "none"}
    worker = {"replicas": 1, "template": {"spec": {"containers": [container]}}}
    spec = {"runPolicy": {"suspend": True}, "tfReplicaSpecs": {"Worker": worker}}
    return {"metadata": metadata, "spec": spec}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
