"""A job to keep records of."""

from __future__ import annotations

from longboat.records.status import JobRecord
from longboat.spec.job import JobSpec, Resources


def record(
    job_id: str, name: str = "digits", created: float = 1000.0, rehearse: bool = False
) -> JobRecord:
    spec = JobSpec(
        name=name,
        entry="digits.ipynb",
        kind="notebook",
        resources=Resources(cpu=0.5, memory=10**9),
        parameters={"lr": 0.1},
        model=name,
        rehearse=rehearse,
    )
    return JobRecord(id=job_id, created=created, spec=spec, snapshot="a" * 64, guest="b" * 64)
