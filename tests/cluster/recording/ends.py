"""Pods that ended, and left no word of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cluster import images
from cluster.client import Object, wait_until
from cluster.recording.fake import fake_node, tolerating
from cluster.recording.stage import Observed, Stage
from cluster.recording.waiting import asking

SLEEP = ("python3", "-c", "import time; time.sleep(600)")
SMALL = asking(cpu="100m", memory="64Mi")
_CHILD = "python3 -c 'b = bytearray(10**9)'; exit $?"


def end_of(stage: Stage, seconds: float = 120) -> Observed:
    """Wait until nothing of the pod runs any more."""
    return Observed("cause_of_pod_end", stage.when_pod("worker-0", _over, seconds=seconds))


def runs(program: str, **spec: Any) -> Callable[[Stage], Observed]:
    """A pod that ends by what its program does."""

    def recipe(stage: Stage) -> Observed:
        stage.play("worker-0", ["python3", "-c", program], **{"resources": SMALL, **spec})
        return end_of(stage)

    return recipe


def out_of_memory_of_a_child(stage: Stage) -> Observed:
    """The kernel kills a child, and the first process ends as the guest does then."""
    stage.play("worker-0", ["sh", "-c", _CHILD], resources=SMALL)
    return end_of(stage)


def no_command(stage: Stage) -> Observed:
    stage.play("worker-0", ["python4", "/longboat/job/longboat.pyz"])
    return end_of(stage)


def deadline(stage: Stage) -> Observed:
    stage.play("worker-0", SLEEP, activeDeadlineSeconds=2)
    return end_of(stage)


def ephemeral_storage(stage: Stage) -> Observed:
    program = "open('/tmp/big', 'wb').write(bytes(50 * 10**6)); import time; time.sleep(600)"
    resources = {"limits": {"ephemeral-storage": "4Mi", "cpu": "100m", "memory": "128Mi"}}
    stage.play("worker-0", ["python3", "-c", program], resources=resources)
    return end_of(stage, seconds=240)


def empty_dir(stage: Stage) -> Observed:
    program = "open('/data/big', 'wb').write(bytes(50 * 10**6)); import time; time.sleep(600)"
    volume = {"name": "run", "emptyDir": {"sizeLimit": "4Mi"}}
    container = {
        "name": "node",
        "image": images.PYTHON,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", program],
        "volumeMounts": [{"name": "run", "mountPath": "/data"}],
    }
    stage.play("worker-0", containers=[container], volumes=[volume])
    return end_of(stage, seconds=240)


def evicted_by_request(stage: Stage) -> Observed:
    """What draining a node does."""
    running(stage)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "worker-0"}}
    stage.create_raw("pods/worker-0/eviction", eviction)
    return end_of(stage)


def deleted(stage: Stage) -> Observed:
    running(stage)
    stage.core.delete_namespaced_pod("worker-0", stage.namespace)
    return end_of(stage)


def preempted(stage: Stage) -> Observed:
    """By GPUs and very low priorities: no pod of another run is ever the victim."""
    names = {level: f"{stage.namespace}-{level}" for level in ("low", "high")}
    for value, name in zip((-1000, -500), names.values(), strict=True):
        body = {"metadata": {"name": name}, "value": value}
        stage.raw("/apis/scheduling.k8s.io/v1/priorityclasses", "POST", body)
    try:
        both = asking(cpu="100m", memory="64Mi", gpu="2")
        running(stage, resources=both, priorityClassName=names["low"])
        stage.play("urgent", SLEEP, resources=both, priorityClassName=names["high"])
        return end_of(stage)
    finally:
        for name in names.values():
            stage.raw(f"/apis/scheduling.k8s.io/v1/priorityclasses/{name}", "DELETE")


def node_gone(stage: Stage) -> Observed:
    with fake_node(stage) as name:
        running(stage, **tolerating(name))
        stage.core.delete_node(name)
        pod = stage.when_pod("worker-0", _disrupted, seconds=180)
        return Observed("cause_of_pod_end", pod)


def node_tainted(stage: Stage) -> Observed:
    """What happens on a node that no longer answers, here by a taint that nobody tolerates."""
    with fake_node(stage) as name:
        running(stage, **tolerating(name))
        taint = {"key": "longboat.test/out-of-order", "effect": "NoExecute"}
        stage.core.patch_node(name, {"spec": {"taints": [taint]}})
        pod = stage.when_pod("worker-0", _disrupted)
        return Observed("cause_of_pod_end", pod)


def turned_away_by_kubelet(stage: Stage) -> Observed:
    """What happens when two schedulers, or a restart of the kubelet, count differently."""
    stage.play("worker-0", resources=asking(cpu="6", memory="64Mi"), nodeName="longboat-test")
    return end_of(stage)


def running(stage: Stage, **spec: Any) -> None:
    """A pod that runs until somebody ends it."""
    stage.play("worker-0", SLEEP, **{"resources": SMALL, **spec})
    wait_until(lambda: stage.phase("worker-0") == "Running", "the pod that is to be ended")


def _over(pod: Object) -> bool:
    return pod["status"]["phase"] in ("Succeeded", "Failed")


def _disrupted(pod: Object) -> bool:
    return any(c["type"] == "DisruptionTarget" for c in pod["status"].get("conditions", []))


RECIPES = {
    "out-of-memory": runs("b = bytearray(10**9)"),
    "out-of-memory-of-a-child": out_of_memory_of_a_child,
    "exit-code": runs("raise SystemExit(3)"),
    "segmentation-fault": runs("import ctypes; ctypes.string_at(0)"),
    "succeeded": runs("pass"),
    "no-command": no_command,
    "deadline": deadline,
    "ephemeral-storage": ephemeral_storage,
    "empty-dir": empty_dir,
    "evicted-by-request": evicted_by_request,
    "deleted": deleted,
    "preempted": preempted,
    "node-gone": node_gone,
    "node-tainted": node_tainted,
    "turned-away-by-kubelet": turned_away_by_kubelet,
}
