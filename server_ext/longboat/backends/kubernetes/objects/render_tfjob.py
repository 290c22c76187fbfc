"""A TFJob of the training operator 1, which older clusters run.

As soon as it counts as succeeded or failed the operator ends no pods any more, also when asked to
suspend it. So it is not to count as either before the last worker has ended: a failed worker is
passed over (``enableDynamicWorker``), and success is that of all. That cannot be had with a chief,
whose success is the job's, nor of a parameter server, whose failure is: what runs then is ended by
deleting the job (steering.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longboat.backends.base import Launch
from longboat.backends.kubernetes.objects.naming import PORT, labels, object_name
from longboat.backends.kubernetes.objects.render_pod import pod_template
from longboat.backends.kubernetes.objects.roles import roles
from longboat.guest import order
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec, RoleName

Manifest = dict[str, Any]

API_VERSION = "kubeflow.org/v1"
_CONTAINER = "tensorflow"
"""The name that the operator asks for."""
_TYPES: dict[RoleName, str] = {
    "chief": "Chief",
    "worker": "Worker",
    "ps": "PS",
    "evaluator": "Evaluator",
}
_INDEX = "metadata.labels['training.kubeflow.org/replica-index']"


def addresses(spec: JobSpec, name: str, namespace: str) -> dict[str, list[str]]:
    """Where each replica will be: a service for each, named like its pod."""
    return {
        role: [f"{name}-{role}-{index}.{namespace}.svc:{PORT}" for index in range(count)]
        for role, count in roles(spec)
    }


def job(launch: Launch, config: ClusterConfig, secrets: Sequence[str]) -> Manifest:
    """Render the TFJob, suspended, whose pods mount the ``secrets`` of these names."""
    name = object_name(launch.spec, launch.ref)
    queue = {"kueue.x-k8s.io/queue-name": config.queue} if config.queue else {}
    return {
        "apiVersion": API_VERSION,
        "kind": "TFJob",
        "metadata": {"name": name, "labels": {**labels(launch.ref), **queue}},
        "spec": {
            # No backoffLimit: with one, a failed pod makes it failed, and operators before 1.9.4
            # then delete the others.
            "runPolicy": {"suspend": True, "cleanPodPolicy": "None"},
            "successPolicy": "AllWorkers",
            "enableDynamicWorker": True,
            "tfReplicaSpecs": {
                _TYPES[role]: _replica_spec(launch, config, secrets, role, count)
                for role, count in roles(launch.spec)
            },
        },
    }


def _replica_spec(
    launch: Launch, config: ClusterConfig, secrets: Sequence[str], role: RoleName, count: int
) -> Manifest:
    # The operator tells a lone replica nothing; its label does.
    index = {"name": order.INDEX_VARIABLES[0], "valueFrom": {"fieldRef": {"fieldPath": _INDEX}}}
    template = pod_template(launch, config, secrets, role, _CONTAINER, index)
    return {"replicas": count, "restartPolicy": "Never", "template": template}
