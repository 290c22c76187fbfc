"""Fake nodes (KWOK) for what would harm a real one."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator

import kubernetes

from cluster.client import Object
from cluster.recording.stage import Stage

TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}


@contextlib.contextmanager
def fake_node(stage: Stage) -> Iterator[str]:
    """A node of 8 cores that only answers, and that nothing runs on by chance."""
    name = f"fake-{secrets.token_hex(3)}"
    resources = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    node = {
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/hostname": name},
        },
        "spec": {"taints": [TAINT]},
        "status": {"capacity": resources, "allocatable": resources},
    }
    stage.core.create_node(node)
    try:
        yield name
    finally:
        stage.release()
        for pod in stage.pods_on(name):
            stage.core.delete_namespaced_pod(pod, stage.namespace, grace_period_seconds=0)
        with contextlib.suppress(kubernetes.client.ApiException):  # a recipe may delete it
            stage.core.delete_node(name)


def tolerating(name: str) -> Object:
    """What a pod says to run on a fake node."""
    selector = {"kubernetes.io/hostname": name}
    return {"nodeSelector": selector, "tolerations": [{**TAINT, "operator": "Equal"}]}
