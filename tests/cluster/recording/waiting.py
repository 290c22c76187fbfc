"""Pods that do not begin."""

from __future__ import annotations

from typing import Any

from cluster import images
from cluster.client import Object
from cluster.recording.fake import fake_node, tolerating
from cluster.recording.registry import registry
from cluster.recording.stage import Observed, Stage

NOBODY = "localhost/longboat/none:test"


def unschedulable(stage: Stage, nodes: bool = True, **spec: Any) -> Observed:
    """A pod that the scheduler finds no node for."""
    stage.play("worker-0", **spec)
    pod = stage.when_pod("worker-0", _refused_by_scheduler)
    return Observed("trouble_of_pod", pod, stage.nodes() if nodes else [])


def asking(**amounts: str) -> Object:
    """The resources of a container, as Longboat asks for them."""
    wanted = {key.replace("gpu", "nvidia.com/gpu"): value for key, value in amounts.items()}
    return {"requests": wanted, "limits": wanted}


def cpu(stage: Stage) -> Observed:
    return unschedulable(stage, resources=asking(cpu="6", memory="64Mi"))


def memory(stage: Stage) -> Observed:
    return unschedulable(stage, resources=asking(cpu="100m", memory="64Gi"))


def gpu(stage: Stage) -> Observed:
    return unschedulable(stage, resources=asking(cpu="100m", memory="64Mi", gpu="4"))


def cpu_busy(stage: Stage) -> Observed:
    """More than is free, and not more than the node has: every node runs something."""
    return unschedulable(stage, resources=asking(cpu="2", memory="64Mi"))


def cpu_and_memory(stage: Stage) -> Observed:
    return unschedulable(stage, nodes=False, resources=asking(cpu="6", memory="64Gi"))


def node_selector(stage: Stage) -> Observed:
    return unschedulable(stage, nodeSelector={"longboat.test/accelerator": "h100"})


def taint(stage: Stage) -> Observed:
    with fake_node(stage) as name:
        return unschedulable(stage, nodeSelector={"kubernetes.io/hostname": name})


def cpu_beside_taint(stage: Stage) -> Observed:
    """The only node that is large enough is reserved for others."""
    with fake_node(stage):
        return unschedulable(stage, resources=asking(cpu="6", memory="64Mi"))


def cordoned(stage: Stage) -> Observed:
    with fake_node(stage) as name:
        stage.core.patch_node(name, {"spec": {"unschedulable": True}})
        return unschedulable(stage, **tolerating(name))


def gated(stage: Stage) -> Observed:
    """A queue holds it back."""
    stage.play("worker-0", schedulingGates=[{"name": "longboat.test/queue"}])
    return Observed("trouble_of_pod", stage.when_pod("worker-0", _refused_by_scheduler))


def claim_missing(stage: Stage) -> Observed:
    return unschedulable(stage, nodes=False, **_with_claim("shared"))


def claim_unbound(stage: Stage) -> Observed:
    _claim(stage, None)
    return unschedulable(stage, nodes=False, **_with_claim("shared"))


def claim_elsewhere(stage: Stage) -> Observed:
    """A volume that only a node that is not there can reach."""
    name = f"{stage.namespace}-volume"
    term = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["gone"]}
    volume = {
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Mi"},
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "",
            "hostPath": {"path": "/tmp"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        },
    }
    stage.core.create_persistent_volume(volume)
    try:
        _claim(stage, name)
        return unschedulable(stage, nodes=False, **_with_claim("shared"))
    finally:
        stage.core.delete_persistent_volume(name)


def secret_for_mount_missing(stage: Stage) -> Observed:
    container = {
        "name": "node",
        "image": images.PYTHON,
        "volumeMounts": [{"name": "job", "mountPath": "/longboat/job"}],
    }
    volume = {"name": "job", "secret": {"secretName": "absent"}}
    stage.play("worker-0", containers=[container], volumes=[volume])
    stage.when_pod("worker-0", _waiting("ContainerCreating"))
    return Observed("cause_of_events", stage.when_event("FailedMount"))


def secret_for_variable_missing(stage: Stage) -> Observed:
    reference = {"secretKeyRef": {"name": "absent", "key": "token"}}
    stage.play("worker-0", env=[{"name": "TOKEN", "valueFrom": reference}])
    return _seen(stage, "CreateContainerConfigError")


def runs_as_root(stage: Stage) -> Observed:
    context = {"runAsNonRoot": True, "runAsUser": 0}
    stage.play("worker-0", securityContext=context)
    return _seen(stage, "CreateContainerConfigError")


def image_name_invalid(stage: Stage) -> Observed:
    stage.play("worker-0", image="Registry/Name:Tag with blanks")
    return _seen(stage, "InvalidImageName")


def image_never_pulled(stage: Stage) -> Observed:
    stage.play("worker-0", image=NOBODY)
    container = {"name": "other", "image": NOBODY, "imagePullPolicy": "Never"}
    stage.play("worker-1", containers=[container])
    return _seen(stage, "ErrImageNeverPull", "worker-1")


def registry_unreachable(stage: Stage) -> Observed:
    stage.play("worker-0", image=NOBODY)
    return _seen(stage, "ErrImagePull")


def registry_unreachable_for_long(stage: Stage) -> Observed:
    stage.play("worker-0", image=NOBODY)
    return _seen(stage, "ImagePullBackOff")


def registry_unresolvable(stage: Stage) -> Observed:
    stage.play("worker-0", image="registry.invalid/longboat/none:test")
    return _seen(stage, "ErrImagePull")


def image_missing(stage: Stage) -> Observed:
    with registry(locked=False) as address:
        stage.play("worker-0", image=f"{address}/longboat/none:test")
        return _seen(stage, "ImagePullBackOff")


def image_forbidden(stage: Stage) -> Observed:
    with registry(locked=True) as address:
        stage.play("worker-0", image=f"{address}/longboat/none:test")
        return _seen(stage, "ImagePullBackOff")


def image_events(stage: Stage) -> Observed:
    with registry(locked=False) as address:
        stage.play("worker-0", image=f"{address}/longboat/none:test")
        return Observed("cause_of_events", stage.when_event("BackOff"))


def scheduling_events(stage: Stage) -> Observed:
    stage.play("worker-0", resources=asking(cpu="6", memory="64Mi"))
    return Observed("cause_of_events", stage.when_event("FailedScheduling"))


def _seen(stage: Stage, reason: str, name: str = "worker-0") -> Observed:
    return Observed("trouble_of_pod", stage.when_pod(name, _waiting(reason)))


def _waiting(reason: str) -> Any:
    def holds(pod: Object) -> bool:
        statuses = pod["status"].get("containerStatuses", [])
        return any(s["state"].get("waiting", {}).get("reason") == reason for s in statuses)

    return holds


def _refused_by_scheduler(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(c["type"] == "PodScheduled" and c["status"] == "False" for c in conditions)


def _with_claim(name: str) -> Object:
    return {"volumes": [{"name": "run", "persistentVolumeClaim": {"claimName": name}}]}


def _claim(stage: Stage, volume: str | None) -> None:
    spec = {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "",
        "resources": {"requests": {"storage": "1Mi"}},
        "volumeName": volume,
    }
    claim = {"metadata": {"name": "shared"}, "spec": spec}
    stage.core.create_namespaced_persistent_volume_claim(stage.namespace, claim)


RECIPES = {
    "cpu-unschedulable": cpu,
    "cpu-busy": cpu_busy,
    "memory-unschedulable": memory,
    "gpu-unschedulable": gpu,
    "cpu-and-memory-unschedulable": cpu_and_memory,
    "cpu-beside-taint": cpu_beside_taint,
    "node-selector": node_selector,
    "taint": taint,
    "cordoned": cordoned,
    "scheduling-gated": gated,
    "scheduling-events": scheduling_events,
    "claim-missing": claim_missing,
    "claim-unbound": claim_unbound,
    "claim-elsewhere": claim_elsewhere,
    "mount-secret-missing": secret_for_mount_missing,
    "variable-secret-missing": secret_for_variable_missing,
    "runs-as-root": runs_as_root,
    "image-name-invalid": image_name_invalid,
    "image-never-pulled": image_never_pulled,
    "image-missing": image_missing,
    "image-events": image_events,
    "image-forbidden": image_forbidden,
    "registry-unreachable": registry_unreachable,
    "registry-unreachable-for-long": registry_unreachable_for_long,
    "registry-unresolvable": registry_unresolvable,
}
