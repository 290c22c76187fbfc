"""Models noted in the namespace where they were trained, for whoever looks there.

A version is a ConfigMap ``<model>-v<N>``, which is also how KubeDirector's clusters find models
(kubedirector wiki, "Model registry"): its label and its keys are used. Creating it takes the
number, so that two people who train models of one name in one namespace never have the same.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from longboat.backends.base import AttemptRef, ModelNote
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import CONFIG_MAPS
from longboat.backends.kubernetes.objects.naming import JOB, labels
from longboat.errors import Conflict

KIND_LABEL = "kubedirector.hpe.com/cmType"


def publish(access: Access, ref: AttemptRef, note: ModelNote) -> None:
    """Create the version's ConfigMap under the first number from its own that is free.

    Done again after a crash, it finds what it has created. Raises Unavailable, Refused.
    """
    for number in itertools.count(note.version):
        manifest = model_note(ref, note, number)
        try:
            access.create(CONFIG_MAPS, manifest)
        except Conflict:
            there = access.get(CONFIG_MAPS, manifest["metadata"]["name"])
            if there is None or _job_of(there) != ref.job:
                continue
        return


def model_note(ref: AttemptRef, note: ModelNote, number: int) -> dict[str, Any]:
    """Render the ConfigMap of a model under this number."""
    return {
        "metadata": {
            "name": f"{note.name}-v{number}",
            "labels": {**labels(ref), KIND_LABEL: "model"},
        },
        "immutable": True,
        "data": {
            "name": note.name,
            "description": f"Trained by the Longboat job {ref.job}; {note.name}@{note.version} "
            f"on {note.host}.",
            "model-version": str(number),
            "modelType": "tensorflow",
            "path": f"{note.host}:{note.path}",
            "scoring-path": "",
            "job": ref.job,
            "snapshot": note.snapshot,
            "metrics": json.dumps(note.metrics, sort_keys=True),
            "signature": json.dumps(note.signature, sort_keys=True),
        },
    }


def _job_of(there: dict[str, Any]) -> str | None:
    job: str | None = there["metadata"].get("labels", {}).get(JOB)
    return job
