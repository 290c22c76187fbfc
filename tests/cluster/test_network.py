"""This side and the pods reach each other: for a hub, a steward or a follower that runs here."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator

import pytest

from cluster.client import Cluster, pod_spec, wait_until
from cluster.layout import HOST_ADDRESS

pytestmark = pytest.mark.own_cluster
SERVE = ["python3", "-m", "http.server", "8080", "--directory", "/usr/share"]
HELLO = "import socket, sys; socket.create_connection(sys.argv[1:3], 20).sendall(b'hello')"


@pytest.fixture(scope="module")
def server(cluster: Cluster, python_image: str) -> Iterator[str]:
    """A pod with a web server, and a Service in front of it; gives both addresses."""
    spec = pod_spec(python_image, SERVE)
    cluster.create_pod("web", spec, labels={"app": "web"})
    service = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
    cluster.core.create_namespaced_service(
        cluster.namespace, {"metadata": {"name": "web"}, "spec": service}
    )
    wait_until(lambda: cluster.phase("web") == "Running", "the web server's pod")
    yield "web"
    cluster.core.delete_namespaced_service("web", cluster.namespace)
    cluster.core.delete_namespaced_pod("web", cluster.namespace)


def test_this_side_reaches_a_pod(cluster: Cluster, server: str) -> None:
    address = cluster.core.read_namespaced_pod(server, cluster.namespace).status.pod_ip
    wait_until(lambda: answers(f"http://{address}:8080/"), "an answer of the pod")


def test_this_side_reaches_a_service(cluster: Cluster, server: str) -> None:
    address = cluster.core.read_namespaced_service(server, cluster.namespace).spec.cluster_ip
    wait_until(lambda: answers(f"http://{address}/"), "an answer through the Service")


def test_pod_reaches_this_side(cluster: Cluster, python_image: str) -> None:
    with socket.create_server((HOST_ADDRESS, 0)) as listening:
        listening.settimeout(60)
        port = str(listening.getsockname()[1])
        cluster.run_pod("caller", python_image, ["python3", "-c", HELLO, HOST_ADDRESS, port])
        connection, _ = listening.accept()
        with connection:
            assert connection.recv(16) == b"hello"


def answers(url: str) -> bool:
    """Whether a web server answers there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
