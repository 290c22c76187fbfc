"""The objects that are sent for a plain job, written out, and how others differ from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NAME = "digits-jabcdefghi-1"
OURS = {
    "app.kubernetes.io/managed-by": "longboat",
    "longboat.dev/job": "jabcdefghi",
    "longboat.dev/attempt": "1",
}
INDEX = {
    "name": "LONGBOAT_REPLICA_INDEX",
    "valueFrom": {
        "fieldRef": {"fieldPath": "metadata.labels['training.kubeflow.org/replica-index']"}
    },
}
Object = dict[str, Any]


def pod(role: str, container: str, *env: Object) -> Object:
    """A plain replica's pod."""
    sources = [{"secret": {"name": NAME}}]
    return {
        "metadata": {"labels": {**OURS, "longboat.dev/role": role}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 15,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": container,
                    "image": "registry.example.org/trainer:1",
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python3", "/longboat/job/longboat.pyz", "carry"],
                    "env": [{"name": "LONGBOAT_REPLICA_ROLE", "value": role}, *env],
                    "ports": [{"name": "tfjob-port", "containerPort": 2222}],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "67108864"},
                        "limits": {"cpu": "100m", "memory": "67108864"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [
                        {"name": "job", "mountPath": "/longboat/job", "readOnly": True},
                        {"name": "run", "mountPath": "/longboat/run"},
                    ],
                }
            ],
            "volumes": [
                {"name": "job", "projected": {"defaultMode": 0o444, "sources": sources}},
                {"name": "run", "emptyDir": {}},
            ],
        },
    }


def replicated(role: str, count: int, **labels: str) -> Object:
    """A role's Job under a TrainJob."""
    template = pod(role, "node")
    template["spec"]["restartPolicy"] = "Never"
    return {
        "name": role,
        "replicas": 1,
        "template": {
            "metadata": {"labels": {**OURS, **labels}},
            "spec": {
                "completionMode": "Indexed",
                "parallelism": count,
                "completions": count,
                "backoffLimitPerIndex": 0,
                "template": template,
            },
        },
    }


def runtime(workers: int, *before: Object, after: Sequence[Object] = ()) -> Object:
    """The runtime of a TrainJob with plain workers, and other roles before and after them."""
    step = {"trainer.kubeflow.org/trainjob-ancestor-step": "trainer"}
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainingRuntime",
        "metadata": {"name": NAME, "labels": OURS},
        "spec": {
            "mlPolicy": {"numNodes": workers},
            "template": {
                "metadata": {"labels": OURS},
                "spec": {
                    "failurePolicy": {"maxRestarts": 0},
                    "replicatedJobs": [
                        *before,
                        replicated("worker", workers, **step),
                        *after,
                    ],
                },
            },
        },
    }


TRAIN_JOB = {
    "apiVersion": "trainer.kubeflow.org/v1alpha1",
    "kind": "TrainJob",
    "metadata": {"name": NAME, "labels": OURS},
    "spec": {
        "suspend": True,
        "runtimeRef": {
            "apiGroup": "trainer.kubeflow.org",
            "kind": "TrainingRuntime",
            "name": NAME,
        },
    },
}


def tf_job(**counts: int) -> Object:
    """A TFJob with so many plain replicas of each type."""
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "TFJob",
        "metadata": {"name": NAME, "labels": OURS},
        "spec": {
            "runPolicy": {"suspend": True, "cleanPodPolicy": "None"},
            "successPolicy": "AllWorkers",
            "enableDynamicWorker": True,
            "tfReplicaSpecs": {
                kind: {
                    "replicas": count,
                    "restartPolicy": "Never",
                    "template": pod(kind.lower(), "tensorflow", INDEX),
                }
                for kind, count in counts.items()
            },
        },
    }


POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": NAME, "labels": OURS},
    "spec": {
        "podSelector": {"matchLabels": OURS},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {"matchLabels": OURS}}]}],
    },
}


def difference(plain: Any, other: Any, path: str = "") -> Object:
    """What is in ``other`` and not the same in ``plain``, by its path; what is gone as None."""
    if isinstance(plain, dict) and isinstance(other, dict):
        pairs = [(f"{path}.{key}", plain.get(key), other.get(key)) for key in {**plain, **other}]
    elif isinstance(plain, list) and isinstance(other, list):
        length = max(len(plain), len(other))
        padded = [each + [None] * (length - len(each)) for each in (plain, other)]
        pairs = [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(*padded, strict=True))]
    else:
        return {} if plain == other else {path.removeprefix("."): other}
    return {k: v for where, a, b in pairs for k, v in difference(a, b, where).items()}
