"""The node: the kubelet and kube-proxy, with two GPUs that are only counted."""

from __future__ import annotations

import json
from pathlib import Path

from cluster import services
from cluster.control_plane import kubectl
from cluster.errors import wait_for
from cluster.layout import INSIDE_CONFIG, INSIDE_PKI, NODE, NODE_ADDRESS

KUBELET = [
    services.program("kubelet"),
    f"--config={INSIDE_CONFIG}/kubelet.yaml",
    f"--kubeconfig={INSIDE_PKI}/kubelet.kubeconfig",
    f"--hostname-override={NODE}",
    f"--node-ip={NODE_ADDRESS}",
]
PROXY = [
    services.program("kube-proxy"),
    f"--config={INSIDE_CONFIG}/kube-proxy.yaml",
    f"--hostname-override={NODE}",
]
CGROUPS = Path("/sys/fs/cgroup")
GPUS = 2


def start() -> None:
    """Start the kubelet and kube-proxy; return when the node is Ready and has its GPUs."""
    for hierarchy in cgroup_tops():
        hierarchy.mkdir(exist_ok=True)
    services.start(KUBELET)
    services.start(PROXY)
    where = str(services.log(KUBELET[0]))
    wait_for("The node did not become Ready", _node_ready, seconds=90, where=where)
    capacity = {"status": {"capacity": {"nvidia.com/gpu": str(GPUS)}}}
    kubectl("patch", "node", NODE, "--subresource=status", "-p", json.dumps(capacity))
    where = f"`kubectl describe node {NODE}`"
    wait_for("The node's GPUs were not counted", _gpus_counted, seconds=60, where=where)


def cgroup_tops() -> list[Path]:
    """The cgroup of all pods: one in version 2, one in each hierarchy of version 1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS / NODE]
    hierarchies = (path for path in CGROUPS.iterdir() if path.is_dir() and not path.is_symlink())
    return [path / NODE for path in hierarchies]


def _node_ready() -> bool:
    path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
    return _node(path) == "True"


def _gpus_counted() -> bool:
    return _node(r"jsonpath={.status.allocatable.nvidia\.com/gpu}") == str(GPUS)


def _node(output: str) -> str:
    return kubectl("get", "node", NODE, "--ignore-not-found", "--output", output)
