"""A TrainJob of Kubeflow Trainer 2 with a runtime of its own.

The runtime is the job's, not the cluster's: it says all of the pods, needs no right beyond the
namespace and fits every topology. Each role is an Indexed Job; a replica that fails fails its
index and nothing else, because who ends whom is the courier's to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longboat.backends.base import Launch
from longboat.backends.kubernetes.objects.naming import PORT, labels, object_name
from longboat.backends.kubernetes.objects.render_pod import pod_template
from longboat.backends.kubernetes.objects.roles import roles
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec, RoleName

Manifest = dict[str, Any]

API_VERSION = "trainer.kubeflow.org/v1alpha1"
_STEP = "trainer.kubeflow.org/trainjob-ancestor-step"
_CONTAINER = "node"
"""The name that Trainer asks for."""
_SHORT: dict[RoleName, str] = {"evaluator": "eval"}
"""Names of replicated jobs that are not the role's: those of their pods must fit 63 characters."""


def addresses(spec: JobSpec, name: str) -> dict[str, list[str]]:
    """Where each replica will be: the JobSet's pods below its headless service."""
    return {
        role: [f"{name}-{job_name(role)}-0-{index}.{name}:{PORT}" for index in range(count)]
        for role, count in roles(spec)
    }


def job_name(role: RoleName) -> str:
    """Name the replicated job of a role."""
    return _SHORT.get(role, role)


def runtime(launch: Launch, config: ClusterConfig, secrets: Sequence[str]) -> Manifest:
    """Render the TrainingRuntime, whose pods mount the ``secrets`` of these names."""
    name = object_name(launch.spec, launch.ref)
    return {
        "apiVersion": API_VERSION,
        "kind": "TrainingRuntime",
        "metadata": {"name": name, "labels": labels(launch.ref)},
        "spec": {
            "mlPolicy": {"numNodes": launch.spec.workers},
            "template": {
                "metadata": {"labels": labels(launch.ref)},
                "spec": {
                    "failurePolicy": {"maxRestarts": 0},
                    "replicatedJobs": [
                        _replicated_job(launch, config, secrets, role, count)
                        for role, count in roles(launch.spec)
                    ],
                },
            },
        },
    }


def _replicated_job(
    launch: Launch, config: ClusterConfig, secrets: Sequence[str], role: RoleName, count: int
) -> Manifest:
    # Workers are what Trainer counts as the job's nodes.
    step = {_STEP: "trainer"} if role == "worker" else {}
    pod = pod_template(launch, config, secrets, role, _CONTAINER)
    return {
        "name": job_name(role),
        "replicas": 1,
        "template": {
            "metadata": {"labels": {**labels(launch.ref), **step}},
            "spec": {
                "completionMode": "Indexed",
                "parallelism": count,
                "completions": count,
                "backoffLimitPerIndex": 0,
                "template": {**pod, "spec": {"restartPolicy": "Never", **pod["spec"]}},
            },
        },
    }


def job(launch: Launch, config: ClusterConfig) -> Manifest:
    """Render the TrainJob, suspended."""
    name = object_name(launch.spec, launch.ref)
    queue = {"kueue.x-k8s.io/queue-name": config.queue} if config.queue else {}
    reference = {
        "apiGroup": API_VERSION.partition("/")[0],
        "kind": "TrainingRuntime",
        "name": name,
    }
    return {
        "apiVersion": API_VERSION,
        "kind": "TrainJob",
        "metadata": {"name": name, "labels": {**labels(launch.ref), **queue}},
        "spec": {"suspend": True, "runtimeRef": reference},
    }
