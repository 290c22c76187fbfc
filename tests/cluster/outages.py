"""What the cluster of ``make cluster`` is made of goes away, and comes back."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from cluster import addons, control_plane, machine, node, services, store
from cluster.errors import wait_for
from cluster.layout import LOGS, NODE

_POST = """\
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], sys.argv[2].encode()).read().decode())
"""


@contextlib.contextmanager
def without_api_server() -> Iterator[None]:
    """Kill the API server; start it again in the end, and return when it is ready."""
    name = control_plane.API_SERVER[0]
    services.stop(name, how=signal.SIGKILL)
    try:
        yield
    finally:
        services.start(control_plane.API_SERVER)
        where = str(services.log(name))
        wait_for("The API server was not ready", control_plane.ready, seconds=60, where=where)


def compact_etcd() -> None:
    """Have etcd forget all of its history but what is now (its API's JSON gateway)."""
    first_key = base64.b64encode(b"/").decode()
    revision = _etcd("range", key=first_key)["header"]["revision"]
    _etcd("compaction", revision=revision, physical=True)


def _etcd(what: str, **fields: object) -> dict[str, dict[str, str]]:
    url = f"http://127.0.0.1:2379/v3/kv/{what}"
    answer = machine.run(["/usr/bin/python3", "-c", _POST, url, json.dumps(fields)])
    found: dict[str, dict[str, str]] = json.loads(answer)
    return found


@contextlib.contextmanager
def without_kubelet() -> Iterator[None]:
    """Kill the kubelet; start it again in the end, and return when the node is Ready."""
    services.stop(node.KUBELET[0], how=signal.SIGKILL)
    try:
        yield
    finally:
        node.start()


@contextlib.contextmanager
def without_containerd() -> Iterator[None]:
    """Kill containerd, which leaves containers alone; start it again in the end."""
    services.stop(store.CONTAINERD, how=signal.SIGKILL)
    try:
        yield
    finally:
        store.start("containerd.toml")


@contextlib.contextmanager
def without_controller_manager() -> Iterator[None]:
    """Kill what makes pods of Jobs and collects what has no owner; start it again in the end."""
    services.stop(control_plane.CONTROLLER_MANAGER[0], how=signal.SIGKILL)
    try:
        yield
    finally:
        services.start(control_plane.CONTROLLER_MANAGER)


def replace_job_controllers() -> None:
    """Delete their pods at once: the new ones do not pause for how often the old ones died."""
    for each in addons.CONTROLLERS:
        where = f"--namespace={each.namespace}"
        control_plane.kubectl("delete", "pods", "--all", "--force", "--wait=false", where)


def kill_job_controllers() -> None:
    """Kill JobSet's, Trainer's and the training operator's; the kubelet starts them again."""
    found = [pid for pid, words in machine.processes() if words[0] == "/manager" and _in_pod(pid)]
    assert len(found) == len(addons.CONTROLLERS), found
    for pid in found:
        os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def without_job_controllers() -> Iterator[None]:
    """Have none of them; bring them back in the end, and return when their webhooks answer."""
    _scale(0)
    wait_for("The controllers did not go", lambda: not _controllers(), seconds=60, where="kubectl")
    try:
        yield
    finally:
        _scale(1)
        addons.wait()


def kept_log(namespace: str, name: str) -> str:
    """What containerd has written of what the pods of a job print, records included."""
    files = (LOGS / "node" / "pods").glob(f"{namespace}_{name}-*/*/*.log")
    return "".join(path.read_text(errors="replace") for path in sorted(files))


def _in_pod(pid: int) -> bool:
    try:
        return f"/{NODE}/" in Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return False


def _controllers() -> str:
    return "".join(
        control_plane.kubectl("get", "pods", f"--namespace={each.namespace}", "--output=name")
        for each in addons.CONTROLLERS
    )


def _scale(replicas: int) -> None:
    for each in addons.CONTROLLERS:
        where = f"--namespace={each.namespace}"
        control_plane.kubectl("scale", "deployment", "--all", f"--replicas={replicas}", where)
