"""Nodes that KWOK plays: pods on them seem to run, and print nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cluster.client import Cluster, wait_until

TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}
TOLERATION = {**TAINT, "operator": "Equal"}
_LABEL = "kubernetes.io/hostname"


@contextmanager
def fake_node(cluster: Cluster, pods: int) -> Iterator[dict[str, str]]:
    """Make a node with room for so many pods; gives the selector that chooses it."""
    name = f"fake-{secrets.token_hex(3)}"
    cluster.core.create_node(_node(name, pods))
    try:
        yield {_LABEL: name}
    finally:
        # Before the node: nobody would take leave of them afterwards.
        for pod in cluster.pods_on(name):
            cluster.core.delete_namespaced_pod(pod, cluster.namespace)
        wait_until(lambda: not cluster.pods_on(name), "the end of the pods")
        cluster.core.delete_node(name)


def _node(name: str, pods: int) -> dict[str, Any]:
    resources = {"cpu": "1000", "memory": "1000Gi", "pods": str(pods)}
    return {
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {_LABEL: name},
        },
        "spec": {"taints": [TAINT]},
        "status": {"capacity": resources, "allocatable": resources},
    }
