"""Models noted on a cluster: each once, under a number that nobody else has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kubernetes_server import Store, serving, status

from longboat.backends.base import AttemptRef, ModelNote
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.border import Refused
from longboat.backends.kubernetes.registry import model_note, publish

MAPS = "/api/v1/namespaces/default/configmaps"
REF = AttemptRef("jabcdefghi", 1)
OTHER = AttemptRef("kabcdefghi", 1)
NOTE = ModelNote(
    name="digits",
    version=2,
    host="desk",
    path="/home/me/models/digits/2",
    snapshot="0" * 64,
    metrics={"loss": 0.5},
    signature={"inputs": {}},
)


def test_a_note_is_what_kubedirector_reads_and_more() -> None:
    assert model_note(REF, NOTE, 3) == {
        "metadata": {
            "name": "digits-v3",
            "labels": {
                "app.kubernetes.io/managed-by": "longboat",
                "longboat.dev/job": "jabcdefghi",
                "longboat.dev/attempt": "1",
                "kubedirector.hpe.com/cmType": "model",
            },
        },
        "immutable": True,
        "data": {
            "name": "digits",
            "description": "Trained by the Longboat job jabcdefghi; digits@2 on desk.",
            "model-version": "3",
            "modelType": "tensorflow",
            "path": "desk:/home/me/models/digits/2",
            "scoring-path": "",
            "job": "jabcdefghi",
            "snapshot": "0" * 64,
            "metrics": json.dumps({"loss": 0.5}),
            "signature": json.dumps({"inputs": {}}),
        },
    }


def test_each_job_has_a_number_of_its_own_however_often_it_is_told(tmp_path: Path) -> None:
    with serving() as server:
        server.stores[MAPS] = Store()
        access = Access(server.kubeconfig(tmp_path))
        for ref in (OTHER, REF, REF, OTHER, REF):
            publish(access, ref, NOTE)
        numbers = {item["data"]["job"]: name for name, item in server.stores[MAPS].objects.items()}
    assert numbers == {"kabcdefghi": "digits-v2", "jabcdefghi": "digits-v3"}


def test_without_the_right_it_is_refused(tmp_path: Path) -> None:
    with serving() as server:
        server.replies["POST", MAPS] = (
            403,
            json.dumps(status(403, "Forbidden", "no configmaps for you")).encode(),
        )
        with pytest.raises(Refused, match="no configmaps for you"):
            publish(Access(server.kubeconfig(tmp_path)), REF, NOTE)
