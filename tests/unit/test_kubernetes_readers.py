"""The pod that reads a copy, as it is sent."""

from __future__ import annotations

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.render_reader import reader
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import Replica


def test_a_reader_has_what_it_needs_and_no_more() -> None:
    ref, replica = AttemptRef("jabcdefghi", 2), Replica("worker", 1)
    facts = ClusterFacts(
        name="digits-jabcdefghi-2",
        engine="trainjob",
        nonce="n0nce",
        memory=1,
        replicas=(),
        volume="shared",
        image="trainer:1",
    )
    config = ClusterConfig(
        name="team",
        fs_group=1000,
        node_selector={"pool": "gpu"},
        tolerations=({"key": "gpu", "operator": "Exists"},),
        image_pull_secrets=("registry",),
        service_account="trainer",
    )
    folder = "/longboat/volume/jobs/jabcdefghi/attempts/2/worker-1"
    assert reader(ref, facts, config, replica, "a-uid", 4096, 1) == {
        "metadata": {
            "name": "digits-jabcdefghi-2-worker-1-copy-4096-1",
            "labels": {
                "app.kubernetes.io/managed-by": "longboat",
                "longboat.dev/job": "jabcdefghi",
                "longboat.dev/attempt": "2",
            },
        },
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": 300,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "seccompProfile": {"type": "RuntimeDefault"},
                "fsGroup": 1000,
                "fsGroupChangePolicy": "OnRootMismatch",
            },
            "containers": [
                {
                    "name": "reader",
                    "image": "trainer:1",
                    "imagePullPolicy": "IfNotPresent",
                    "command": [
                        *("python3", "/longboat/job/longboat.pyz", "segment"),
                        *(f"{folder}/stream-a-uid", "4096"),
                    ],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "128Mi"},
                        "limits": {"cpu": "1", "memory": "128Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [
                        {"name": "job", "mountPath": "/longboat/job", "readOnly": True},
                        {"name": "shared", "mountPath": "/longboat/volume", "readOnly": True},
                    ],
                }
            ],
            "volumes": [
                {
                    "name": "job",
                    "projected": {
                        "defaultMode": 0o444,
                        "sources": [
                            {
                                "secret": {
                                    "name": "digits-jabcdefghi-2",
                                    "items": [{"key": "longboat.pyz", "path": "longboat.pyz"}],
                                }
                            }
                        ],
                    },
                },
                {
                    "name": "shared",
                    "persistentVolumeClaim": {"claimName": "shared", "readOnly": True},
                },
            ],
            "nodeSelector": {"pool": "gpu"},
            "tolerations": [{"key": "gpu", "operator": "Exists"}],
            "imagePullSecrets": [{"name": "registry"}],
            "serviceAccountName": "trainer",
        },
    }
