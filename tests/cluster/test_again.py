"""Bringing the cluster up again repairs what was killed, and keeps what ran."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from cluster import control_plane, node, services, store
from cluster.client import Cluster, wait_until
from cluster.layout import HERE

pytestmark = pytest.mark.own_cluster


def test_up_starts_what_was_killed_and_keeps_the_pods(cluster: Cluster, python_image: str) -> None:
    cluster.run_pod("survivor", python_image, ["sleep", "600"])
    wait_until(lambda: cluster.phase("survivor") == "Running", "the pod")
    started = cluster.core.read_namespaced_pod("survivor", cluster.namespace).status.start_time
    killed = (node.KUBELET[0], store.CONTAINERD, control_plane.API_SERVER[0], control_plane.ETCD[0])
    for command in killed:
        services.stop(command, how=signal.SIGKILL)
    up = [sys.executable, "-m", "cluster", "up"]
    subprocess.run(up, env={**os.environ, "PYTHONPATH": str(HERE.parent)}, check=True)
    status = cluster.core.read_namespaced_pod("survivor", cluster.namespace).status
    assert (status.phase, status.start_time) == ("Running", started)
    assert status.container_statuses[0].restart_count == 0
    cluster.core.delete_namespaced_pod("survivor", cluster.namespace)
