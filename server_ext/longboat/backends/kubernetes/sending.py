"""An attempt's objects on the cluster: created in an order in which a crash leaves nothing running.

The runtime comes first, because the trainer's webhook insists; then the job, suspended; then what
it needs, all at once and owned by it, so that whoever deletes the job deletes all; at last the job
is let go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import (
    NETWORK_POLICIES,
    SECRETS,
    TF_JOBS,
    TRAIN_JOBS,
    TRAINING_RUNTIMES,
    Kind,
)
from longboat.backends.kubernetes.objects.naming import ATTEMPT, JOB, secret_names
from longboat.backends.kubernetes.objects.render import Rendered, owned_by
from longboat.errors import Conflict, Unavailable
from longboat.spec.cluster import Engine

Manifest = dict[str, Any]

_UNSEEN = "must be created before the TrainJob is created"
"""In what Trainer's webhook says of a runtime that it does not know (yet)."""
_SEEN_SECONDS = 1.0
_LOOK_SECONDS = 0.02
_AT_ONCE = 4
"""Requests: each may carry a MiB."""
SENDERS = "sending"
"""How the threads are called that make them."""


def job_kind(engine: Engine) -> Kind:
    """The kind of the object that is the attempt."""
    return TRAIN_JOBS if engine == "trainjob" else TF_JOBS


def send(access: Access, engine: Engine, rendered: Rendered, *, queued: bool) -> None:
    """Have the cluster run it; done again after a crash, it completes what was begun.

    ``queued``: a queue decides when the job is let go. Raises Unavailable, Refused.
    """
    if rendered.runtime is not None:
        _ensure(access, TRAINING_RUNTIMES, rendered.runtime)
    job = _ensure_job(access, engine, rendered.job)
    with ThreadPoolExecutor(_AT_ONCE, SENDERS) as pool:
        made = [pool.submit(call) for call in _companions(access, rendered, job)]
    for each in made:
        each.result()
    if not queued:
        suspend(access, engine, rendered.job["metadata"]["name"], False)


def _companions(
    access: Access, rendered: Rendered, job: Manifest
) -> Iterator[Callable[[], object]]:
    """Give what is to be done, in any order, before the job can be let go."""
    for secret in rendered.secrets:
        yield partial(_ensure, access, SECRETS, owned_by(secret, job))
    yield partial(_ensure, access, NETWORK_POLICIES, owned_by(rendered.network_policy, job))
    if rendered.runtime is not None:
        owned = owned_by(rendered.runtime, job)["metadata"]
        change = {"metadata": {"ownerReferences": owned["ownerReferences"]}}
        yield partial(access.patch, TRAINING_RUNTIMES, owned["name"], change)


def suspend(access: Access, engine: Engine, name: str, wanted: bool) -> None:
    """Have all pods of a job end, or have it make them. Raises Unavailable."""
    inner = {"suspend": wanted}
    spec = inner if engine == "trainjob" else {"runPolicy": inner}
    access.patch(job_kind(engine), name, {"spec": spec})


def delete(access: Access, engine: Engine, name: str, secrets: int) -> None:
    """Delete all objects of an attempt, those whose owner was never made too. Idempotent.

    ``secrets``: how many it has at most. Raises Unavailable, Refused.
    """
    access.delete(job_kind(engine), name)
    if engine == "trainjob":
        access.delete(TRAINING_RUNTIMES, name)
    for secret in secret_names(name, secrets):
        access.delete(SECRETS, secret)
    access.delete(NETWORK_POLICIES, name)


def _ensure_job(access: Access, engine: Engine, manifest: Manifest) -> Manifest:
    """Create the job; Trainer's webhook may take a moment to see the runtime that it names."""
    deadline = time.monotonic() + _SEEN_SECONDS
    while True:
        try:
            return _ensure(access, job_kind(engine), manifest)
        except Refused as error:
            if _UNSEEN not in error.message:
                raise
            if time.monotonic() >= deadline:
                raise Unavailable(f"{error} It is tried again.") from error
        time.sleep(_LOOK_SECONDS)


def _ensure(access: Access, kind: Kind, manifest: Manifest) -> Manifest:
    """Create an object, or find the one that an earlier try has created."""
    try:
        return access.create(kind, manifest)
    except Conflict:
        there = access.get(kind, manifest["metadata"]["name"])
        if there is None or not _same_attempt(there, manifest):
            raise
        return there


def _same_attempt(there: Manifest, ours: Manifest) -> bool:
    labels = there["metadata"].get("labels", {})
    return all(labels.get(key) == ours["metadata"]["labels"][key] for key in (JOB, ATTEMPT))
