"""Things done on a shared volume by the cluster itself: sent, asked after, forgotten."""

from __future__ import annotations

from typing import NamedTuple

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import BATCH_JOBS, PODS, SECRETS
from longboat.backends.kubernetes.objects.render import Manifest, owned_by
from longboat.backends.kubernetes.objects.render_errand import RenderedErrand
from longboat.errors import Conflict, Unavailable

_JOB_NAME = "batch.kubernetes.io/job-name"
"""The label by which the pods of a Job are found."""


class Outcome(NamedTuple):
    """How an errand has ended."""

    done: bool
    word: str
    """What it had to say, or why it came to nothing."""


def send(access: Access, rendered: RenderedErrand) -> None:
    """Have it done; done again after a crash, it completes what was begun.

    The Job comes first, as the owner of its Secrets: its pod waits for them. Raises Unavailable,
    Refused.
    """
    job = _ensure(access, rendered.job)
    for secret in rendered.secrets:
        _ensure_secret(access, owned_by(secret, job))


def outcome(access: Access, name: str) -> Outcome | None:
    """Tell how it has ended; None while it has not. Raises Unavailable, Refused.

    One that is not there has come to nothing: it was deleted, or its time was over.
    """
    job = access.get(BATCH_JOBS, name)
    if job is None:
        return Outcome(False, "its Job is gone")
    held = {each["type"]: each for each in _conditions(job) if each["status"] == "True"}
    if "Complete" in held:
        return Outcome(True, _last_word(access, name))
    if "Failed" in held:
        why = held["Failed"].get("message") or held["Failed"].get("reason") or "no reason given"
        return Outcome(False, _last_word(access, name) or why)
    return None


def forget(access: Access, name: str) -> None:
    """Delete it with all that it has there. Raises Unavailable, Refused."""
    access.delete(BATCH_JOBS, name)


def _ensure(access: Access, manifest: Manifest) -> Manifest:
    name = manifest["metadata"]["name"]
    try:
        return access.create(BATCH_JOBS, manifest)
    except Conflict:
        there = access.get(BATCH_JOBS, name)
    if there is None or "deletionTimestamp" in there["metadata"]:
        raise Unavailable(f"The Job {name} is being deleted. It is made again then.")
    return {"apiVersion": BATCH_JOBS.api_version, "kind": BATCH_JOBS.kind, **there}


def _ensure_secret(access: Access, manifest: Manifest) -> None:
    """Create it, unless it is there; one of a Job that is gone has no use any more."""
    try:
        access.create(SECRETS, manifest)
    except Conflict:
        name = manifest["metadata"]["name"]
        there = access.get(SECRETS, name)
        if there is None or _owner(there) != _owner(manifest):
            access.delete(SECRETS, name)
            message = f"The Secret {name} is being deleted. It is made again then."
            raise Unavailable(message) from None


def _owner(manifest: Manifest) -> str:
    owners = manifest["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("uid"))


def _conditions(job: Manifest) -> list[dict[str, str]]:
    return job.get("status", {}).get("conditions") or []


def _last_word(access: Access, name: str) -> str:
    """What the last of its containers has said at its end."""
    pods = access.list(PODS, labels=f"{_JOB_NAME}={name}").items
    words = [
        str(ended["message"])
        for pod in sorted(pods, key=lambda each: str(each["metadata"].get("creationTimestamp")))
        for status in pod.get("status", {}).get("containerStatuses", ())
        if (ended := status.get("state", {}).get("terminated") or {}).get("message")
    ]
    return words[-1].strip() if words else ""
