"""The cluster itself: a node with GPUs, pods, logs, names."""

from __future__ import annotations

import pytest

from cluster.client import Cluster, wait_until
from cluster.images import TRAINER
from cluster.layout import NODE


@pytest.mark.own_cluster
def test_node_is_ready_and_has_two_gpus(cluster: Cluster) -> None:
    node = cluster.core.read_node(NODE)
    ready = next(c for c in node.status.conditions if c.type == "Ready")
    assert ready.status == "True"
    assert node.status.allocatable["nvidia.com/gpu"] == "2"
    assert node.status.node_info.kubelet_version == "v1.36.3"


def test_pod_runs_and_its_log_is_read(cluster: Cluster, python_image: str) -> None:
    cluster.run_pod("hello", python_image, ["python3", "-c", "print(6 * 7)"])
    assert cluster.finished("hello") == "Succeeded"
    assert cluster.log("hello") == "42\n"


def test_pod_that_fails_is_failed_with_its_exit_code(cluster: Cluster, python_image: str) -> None:
    cluster.run_pod("fails", python_image, ["python3", "-c", "raise SystemExit(3)"])
    assert cluster.finished("fails") == "Failed"
    pod = cluster.core.read_namespaced_pod("fails", cluster.namespace)
    assert pod.status.container_statuses[0].state.terminated.exit_code == 3


def test_services_are_found_by_name(cluster: Cluster, python_image: str) -> None:
    ask = "import socket; print(socket.gethostbyname('kubernetes.default.svc.cluster.local'))"
    cluster.run_pod("names", python_image, ["python3", "-c", ask])
    assert cluster.finished("names") == "Succeeded"
    service = cluster.core.read_namespaced_service("kubernetes", "default")
    assert cluster.log("names").strip() == service.spec.cluster_ip


@pytest.mark.own_cluster
def test_container_over_its_memory_is_killed(cluster: Cluster, python_image: str) -> None:
    limits = {"limits": {"memory": "64Mi"}}
    fill = ["python3", "-c", "x = b'x' * (1 << 28)"]
    cluster.run_pod("too-big", python_image, fill, resources=limits)
    assert cluster.finished("too-big") == "Failed"
    pod = cluster.core.read_namespaced_pod("too-big", cluster.namespace)
    assert pod.status.container_statuses[0].state.terminated.reason == "OOMKilled"


@pytest.mark.own_cluster
def test_third_gpu_is_not_there(cluster: Cluster, python_image: str) -> None:
    three = {"limits": {"nvidia.com/gpu": "3"}}
    cluster.run_pod("three-gpus", python_image, ["true"], resources=three)

    def why() -> str | None:
        pod = cluster.core.read_namespaced_pod("three-gpus", cluster.namespace)
        return next((c.message for c in pod.status.conditions or () if c.message), None)

    assert "Insufficient nvidia.com/gpu" in wait_until(why, "the scheduler's word")
    cluster.core.delete_namespaced_pod("three-gpus", cluster.namespace)


@pytest.mark.own_cluster
def test_trainer_image_has_tensorflow_and_is_not_root(cluster: Cluster) -> None:
    look = "import os, IPython, tensorflow as tf; print(os.getuid(), tf.reduce_sum([1, 2]).numpy())"
    cluster.run_pod("tensorflow", TRAINER, ["python3", "-c", look])
    assert cluster.finished("tensorflow", seconds=120) == "Succeeded", cluster.log("tensorflow")
    assert cluster.log("tensorflow").splitlines()[-1] == "1000 3"
