"""A Job of Kubernetes' own that mounts the volume, does one thing and is gone by itself.

It needs nobody to look after it: it is tried again a few times, ends after a while, and some time
later the cluster deletes it with its Secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from longboat.backends.kubernetes.objects import payload
from longboat.backends.kubernetes.objects.naming import JOB, LONGBOAT, MANAGED_BY, secret_names
from longboat.backends.kubernetes.objects.render_pod import CONTAINER_SECURITY, placement, security
from longboat.guest import copies, order
from longboat.spec.cluster import ClusterConfig

Manifest = dict[str, Any]

ERRAND = "longboat.dev/errand"
CONTAINER = "errand"
_KEPT_SECONDS = 300
"""After its end, for whoever wants to know how it went."""


class Errand(NamedTuple):
    """What is to be done on a volume."""

    name: str
    """Of all its objects."""
    kind: str
    """A word for its label."""
    image: str
    """Has ``python3``."""
    claim: str
    arguments: Sequence[str]
    """Of the guest's zipapp."""
    files: Sequence[payload.Content]
    """What each of its Secrets holds; the first has the zipapp."""
    job: str = ""
    """For which job something is written there; whoever erases waits for the end of it."""
    memory: int = 256 << 20
    """Bytes."""
    seconds: int = 600
    """How long it may take, waiting for a node included."""
    tries: int = 3


class RenderedErrand(NamedTuple):
    """Its objects, without owners."""

    job: Manifest
    secrets: list[Manifest]


def render_errand(errand: Errand, config: ClusterConfig) -> RenderedErrand:
    """Render the Job and its Secrets."""
    of_job = {JOB: errand.job} if errand.job else {}
    labels = {MANAGED_BY: LONGBOAT, ERRAND: errand.kind, **of_job}
    names = secret_names(errand.name, len(errand.files))
    queue = {"kueue.x-k8s.io/queue-name": config.queue} if config.queue else {}
    job = {
        "metadata": {"name": errand.name, "labels": {**labels, **queue}},
        "spec": {
            "backoffLimit": errand.tries - 1,
            "activeDeadlineSeconds": errand.seconds,
            "ttlSecondsAfterFinished": _KEPT_SECONDS,
            "template": {"metadata": {"labels": labels}, "spec": _pod(errand, config, names)},
        },
    }
    secrets = [_secret(*each, labels) for each in zip(names, errand.files, strict=True)]
    return RenderedErrand(job, secrets)


def _pod(errand: Errand, config: ClusterConfig, secrets: Sequence[str]) -> Manifest:
    sources = [{"secret": {"name": name}} for name in secrets]
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": security(config),
        "containers": [_container(errand)],
        "volumes": [
            {"name": "job", "projected": {"defaultMode": 0o444, "sources": sources}},
            {"name": "shared", "persistentVolumeClaim": {"claimName": errand.claim}},
        ],
        **placement(config),
    }


def _container(errand: Errand) -> Manifest:
    return {
        "name": CONTAINER,
        "image": errand.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", f"{order.FOLDER}/{order.ZIPAPP}", *errand.arguments],
        "resources": {
            "requests": {"cpu": "100m", "memory": str(errand.memory)},
            "limits": {"cpu": "1", "memory": str(errand.memory)},
        },
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            {"name": "job", "mountPath": order.FOLDER, "readOnly": True},
            {"name": "shared", "mountPath": copies.VOLUME},
        ],
    }


def _secret(name: str, files: payload.Content, labels: dict[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": labels},
        "type": "Opaque",
        "immutable": True,
        "data": payload.encoded(files),
    }
