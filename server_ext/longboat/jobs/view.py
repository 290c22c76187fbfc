"""A job as the faces show it."""

from __future__ import annotations

from typing import Any

import msgspec

from longboat.records.status import JobRecord, JobStatus


def describe(record: JobRecord, status: JobStatus) -> dict[str, Any]:
    """Give the stable JSON of a job; times are seconds since the epoch, in UTC.

    ``resources`` are what each replica was given: cores, bytes, GPUs.
    Keys may be added, never renamed or removed.
    """
    spec = record.spec
    return {
        "id": record.id,
        "name": spec.name,
        "state": status.state,
        "reason": status.reason,
        "message": status.message,
        "backend": spec.backend,
        "created": record.created,
        "started": status.started,
        "ended": status.ended,
        "attempt": status.attempt,
        "retries": spec.retries,
        "displaced": status.displaced,
        "checkpoint": msgspec.to_builtins(status.checkpoint),
        "resumed": msgspec.to_builtins(status.resumed) if status.begun == status.attempt else None,
        "begun": status.begun,
        "replicas": [
            {
                "role": replica.role,
                "index": replica.index,
                "state": replica.state,
                "exit_code": replica.exit_code,
                "memory_peak": replica.memory_peak,
            }
            for replica in status.replicas
        ],
        "resources": msgspec.to_builtins(spec.resources),
        "progress": msgspec.to_builtins(status.progress),
        "metrics": status.metrics,
        "model": status.model,
        "rehearse": spec.rehearse,
        "entry": spec.entry,
        "parameters": spec.parameters,
        "snapshot": record.snapshot,
        "again": record.again,
        "imported": msgspec.to_builtins(record.imported),
    }
