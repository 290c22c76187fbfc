"""What a job tells of the model it left."""

from __future__ import annotations

import platform
import time

import msgspec

from longboat.backends.base import ModelNote
from longboat.models.record import ModelFacts, ModelVersion
from longboat.records.layout import ReplicaDirectory
from longboat.records.status import JobRecord, JobStatus


def facts_of(record: JobRecord, status: JobStatus, leader: ReplicaDirectory) -> ModelFacts:
    """Gather them; ``leader`` is the folder of the replica that wrote the model.

    The signature is not among them: the store reads it from the model itself.
    """
    try:
        created = (leader.model / "saved_model.pb").stat().st_mtime
    except OSError:
        created = time.time()
    return ModelFacts(
        job=record.id,
        attempt=status.attempt,
        snapshot=record.snapshot,
        metrics=dict(status.metrics),
        python=record.spec.python,
        created=created,
    )


def note_of(version: ModelVersion) -> ModelNote:
    """What is told of a version where its job has run."""
    facts = version.record.facts
    return ModelNote(
        name=version.name,
        version=version.version,
        host=platform.node(),
        path=str(version.path),
        snapshot=facts.snapshot or "",
        metrics=facts.metrics,
        signature=msgspec.to_builtins(version.signature),
    )
