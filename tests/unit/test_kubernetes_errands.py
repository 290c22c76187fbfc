"""A Job of a moment, as it is sent, and what is made of how it ends."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from kubernetes_stage import stage, world
from kubernetes_world import BATCH_JOBS, SECRETS, World

from longboat.backends.kubernetes import errands
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.objects.render_errand import Errand, render_errand
from longboat.errors import Unavailable
from longboat.spec.cluster import ClusterConfig

__all__ = ["stage", "world"]

ERRAND = Errand(
    name="longboat-code-jabcdefghi-1-2",
    kind="code",
    image="trainer:1",
    claim="shared",
    arguments=("receive", "/longboat/volume", "jabcdefghi", "d1gest", "10", "5"),
    files=({"longboat.pyz": b"zip"}, {"snapshot.tar.gz.001": b"more"}),
    job="jabcdefghi",
)
LABELS = {
    "app.kubernetes.io/managed-by": "longboat",
    "longboat.dev/errand": "code",
    "longboat.dev/job": "jabcdefghi",
}


def test_it_has_what_it_needs_and_no_more() -> None:
    config = ClusterConfig(
        name="team",
        fs_group=1000,
        node_selector={"pool": "gpu"},
        tolerations=({"key": "gpu", "operator": "Exists"},),
        image_pull_secrets=("registry",),
        service_account="trainer",
        queue="team-queue",
    )
    rendered = render_errand(ERRAND, config)
    assert rendered.job == {
        "metadata": {
            "name": "longboat-code-jabcdefghi-1-2",
            "labels": {**LABELS, "kueue.x-k8s.io/queue-name": "team-queue"},
        },
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": 600,
            "ttlSecondsAfterFinished": 300,
            "template": {"metadata": {"labels": LABELS}, "spec": POD},
        },
    }
    assert [secret["metadata"] for secret in rendered.secrets] == [
        {"name": "longboat-code-jabcdefghi-1-2", "labels": LABELS},
        {"name": "longboat-code-jabcdefghi-1-2-1", "labels": LABELS},
    ]
    data = [secret["data"] for secret in rendered.secrets]
    assert data[0] == {"longboat.pyz": base64.b64encode(b"zip").decode()}
    assert all(secret["immutable"] for secret in rendered.secrets)


POD: dict[str, Any] = {
    "restartPolicy": "Never",
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
            "name": "errand",
            "image": "trainer:1",
            "imagePullPolicy": "IfNotPresent",
            "command": [
                *("python3", "/longboat/job/longboat.pyz", "receive", "/longboat/volume"),
                *("jabcdefghi", "d1gest", "10", "5"),
            ],
            "resources": {
                "requests": {"cpu": "100m", "memory": "268435456"},
                "limits": {"cpu": "1", "memory": "268435456"},
            },
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [
                {"name": "job", "mountPath": "/longboat/job", "readOnly": True},
                {"name": "shared", "mountPath": "/longboat/volume"},
            ],
        }
    ],
    "volumes": [
        {
            "name": "job",
            "projected": {
                "defaultMode": 0o444,
                "sources": [
                    {"secret": {"name": "longboat-code-jabcdefghi-1-2"}},
                    {"secret": {"name": "longboat-code-jabcdefghi-1-2-1"}},
                ],
            },
        },
        {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}},
    ],
    "nodeSelector": {"pool": "gpu"},
    "tolerations": [{"key": "gpu", "operator": "Exists"}],
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccountName": "trainer",
}


@pytest.fixture
def access(world: World, tmp_path: Any) -> Access:
    world.errand = lambda name: None
    return Access(world.kubeconfig(tmp_path))


RENDERED = render_errand(ERRAND, ClusterConfig(name="team"))


def test_sent_twice_it_is_there_once_and_its_secrets_are_its_own(
    access: Access, world: World
) -> None:
    errands.send(access, RENDERED)
    errands.send(access, RENDERED)
    [job] = world.stores[BATCH_JOBS].objects.values()
    for secret in world.stores[SECRETS].objects.values():
        [owner] = secret["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("Job", job["metadata"]["uid"])
    errands.forget(access, ERRAND.name)
    assert not world.left()


def test_one_that_is_being_deleted_is_waited_for(access: Access, world: World) -> None:
    errands.send(access, RENDERED)
    world.stores[BATCH_JOBS].change(ERRAND.name, {"metadata": {"deletionTimestamp": "now"}})
    with pytest.raises(Unavailable, match="is being deleted"):
        errands.send(access, RENDERED)


def test_secrets_of_one_that_is_gone_are_not_taken_for_ours(access: Access, world: World) -> None:
    owner = {"ownerReferences": [{"uid": "gone"}]}
    stale = {"metadata": {"name": ERRAND.name, "uid": "old", **owner}, "data": {}}
    world.stores[SECRETS].add(stale)
    with pytest.raises(Unavailable, match=r"Secret .* is being deleted"):
        errands.send(access, RENDERED)
    errands.send(access, RENDERED)
    assert world.stores[SECRETS].objects[ERRAND.name]["data"]


def test_its_last_word_is_told(access: Access, world: World) -> None:
    errands.send(access, RENDERED)
    assert errands.outcome(access, ERRAND.name) is None
    world.errand_ends(ERRAND.name, 0, "123\n")
    assert errands.outcome(access, ERRAND.name) == (True, "123")


def test_one_that_came_to_nothing_says_why(access: Access, world: World) -> None:
    errands.send(access, RENDERED)
    failed = {"type": "Failed", "status": "True", "message": "Job was active longer than it may"}
    world.stores[BATCH_JOBS].change(ERRAND.name, {"status": {"conditions": [failed]}})
    assert errands.outcome(access, ERRAND.name) == (False, "Job was active longer than it may")
    errands.forget(access, ERRAND.name)
    assert errands.outcome(access, ERRAND.name) == (False, "its Job is gone")
