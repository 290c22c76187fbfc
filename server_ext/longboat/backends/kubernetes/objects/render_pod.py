"""A replica's pod template, the same under both engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longboat.backends.base import Launch
from longboat.backends.kubernetes.objects.naming import PORT, ROLE, labels
from longboat.guest import copies, order, wire
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec, Resources, RoleName

Manifest = dict[str, Any]

GRACE_SECONDS = 15
"""Between SIGTERM and SIGKILL; the carrier ends what it started after five."""


CONTAINER_SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def pod_template(
    launch: Launch,
    config: ClusterConfig,
    secrets: Sequence[str],
    role: RoleName,
    container: str,
    *env: Manifest,
) -> Manifest:
    """Render it, but for its restart policy; ``container`` is the name that the engine asks for.

    ``secrets`` are the names of those that it mounts, as one folder; ``env`` is what it is told
    beside its role.
    """
    return {
        "metadata": {"labels": {**labels(launch.ref), ROLE: role}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            "securityContext": security(config),
            "containers": [_container(launch, config, role, container, env)],
            "volumes": _volumes(launch, config, secrets),
            **placement(config),
        },
    }


def security(config: ClusterConfig) -> Manifest:
    """Give the security context of a pod."""
    context: Manifest = {"seccompProfile": {"type": "RuntimeDefault"}}
    if config.fs_group is not None:
        context["fsGroup"] = config.fs_group
        # A large volume is not walked through for each attempt.
        context["fsGroupChangePolicy"] = "OnRootMismatch"
    return context


def _container(
    launch: Launch, config: ClusterConfig, role: RoleName, name: str, env: Sequence[Manifest]
) -> Manifest:
    mounts: list[Manifest] = [
        {"name": "job", "mountPath": order.FOLDER, "readOnly": True},
        {"name": "run", "mountPath": order.RUN_FOLDER},
    ]
    variables: list[Manifest] = [{"name": order.ROLE_NAME, "value": role}, *env]
    if claim(launch.spec, config):
        mounts.append({"name": "shared", "mountPath": copies.VOLUME})
        variables += _on_volume(launch)
    return {
        "name": name,
        "image": launch.spec.image or config.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", f"{order.FOLDER}/{order.ZIPAPP}", "carry"],
        "env": variables,
        "ports": [{"name": "tfjob-port", "containerPort": PORT}],
        "resources": _resources(launch.spec.resources, config),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": mounts,
    }


def _on_volume(launch: Launch) -> list[Manifest]:
    """Tell where on the volume checkpoints are, and the copy of what a pod says."""
    checkpoints = f"{copies.VOLUME}/jobs/{launch.ref.job}/checkpoints"
    return [
        {"name": wire.CHECKPOINT_DIR, "value": checkpoints},
        {"name": copies.FOLDER, "value": copies.folder(*launch.ref)},
        {"name": copies.POD, "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
    ]


def _resources(resources: Resources, config: ClusterConfig) -> Manifest:
    """What is asked for is what may be used: a neighbour's need takes nothing away."""
    amounts: Manifest = {
        "cpu": f"{round(resources.cpu * 1000)}m",
        "memory": str(resources.memory),
    }
    if resources.gpu:
        amounts[config.gpu_resource] = str(resources.gpu)
    return {"requests": amounts, "limits": dict(amounts)}


def claim(spec: JobSpec, config: ClusterConfig) -> str | None:
    """Name the claim on the volume that all pods of a job share; None for none."""
    return spec.volume or config.volume


def _volumes(launch: Launch, config: ClusterConfig, secrets: Sequence[str]) -> list[Manifest]:
    shared = claim(launch.spec, config)
    sources = [{"secret": {"name": name}} for name in secrets]
    volumes: list[Manifest] = [
        {"name": "job", "projected": {"defaultMode": 0o444, "sources": sources}},
        {"name": "run", "emptyDir": {}},
    ]
    if shared:
        volumes.append({"name": "shared", "persistentVolumeClaim": {"claimName": shared}})
    return volumes


def placement(config: ClusterConfig) -> Manifest:
    """Where a pod may run, under which account, and with which logins for registries."""
    placed: Manifest = {}
    if config.node_selector:
        placed["nodeSelector"] = dict(config.node_selector)
    if config.tolerations:
        placed["tolerations"] = [dict(each) for each in config.tolerations]
    if config.image_pull_secrets:
        placed["imagePullSecrets"] = [{"name": each} for each in config.image_pull_secrets]
    if config.service_account:
        placed["serviceAccountName"] = config.service_account
    return placed
