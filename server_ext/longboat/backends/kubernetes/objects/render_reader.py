"""A small, short-lived pod that prints a part of a replica's copy: it mounts the volume."""

from __future__ import annotations

from typing import Any

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.naming import labels
from longboat.backends.kubernetes.objects.render_pod import CONTAINER_SECURITY, placement, security
from longboat.guest import copies, order
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import Replica

Manifest = dict[str, Any]

CONTAINER = "reader"
_SECONDS = 300
"""How long it may run: it needs a few."""
_MEMORY = "128Mi"


def reader(
    ref: AttemptRef,
    facts: ClusterFacts,
    config: ClusterConfig,
    replica: Replica,
    pod: str,
    start: int,
    number: int,
) -> Manifest:
    """Render the pod, without an owner, for the copy of the ``pod`` of this UID from ``start`` on.

    ``number`` counts those that were to print the same. It has the labels of the attempt's objects,
    so that the network policy holds for it, and of the Secrets it sees nothing but the code.
    """
    name = f"{facts.name}-{replica}-copy-{start}-{number}"
    path = copies.path(copies.folder(*ref), str(replica), pod)
    return {
        "metadata": {"name": name, "labels": labels(ref)},
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": _SECONDS,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": security(config),
            "containers": [_container(facts.image, path, start)],
            "volumes": _volumes(facts),
            **placement(config),
        },
    }


def _container(image: str, path: str, start: int) -> Manifest:
    return {
        "name": CONTAINER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", f"{order.FOLDER}/{order.ZIPAPP}", "segment", path, str(start)],
        "resources": {
            "requests": {"cpu": "100m", "memory": _MEMORY},
            "limits": {"cpu": "1", "memory": _MEMORY},
        },
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            {"name": "job", "mountPath": order.FOLDER, "readOnly": True},
            {"name": "shared", "mountPath": copies.VOLUME, "readOnly": True},
        ],
    }


def _volumes(facts: ClusterFacts) -> list[Manifest]:
    code = {"name": facts.name, "items": [{"key": order.ZIPAPP, "path": order.ZIPAPP}]}
    return [
        {"name": "job", "projected": {"defaultMode": 0o444, "sources": [{"secret": code}]}},
        {"name": "shared", "persistentVolumeClaim": {"claimName": facts.volume, "readOnly": True}},
    ]
