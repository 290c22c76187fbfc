"""Which snapshots somebody needs: the jobs of a home, and the models that it has registered."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

import msgspec

from longboat.errors import Broken
from longboat.models.store import ModelStore, ModelVersion
from longboat.records.layout import Home, RunDirectory
from longboat.records.store import JobStore


class _Named(msgspec.Struct):
    """The part of job.json and receipt.json that says it, in records of every format."""

    snapshot: str


def needed_snapshots(
    home: Home, jobs: JobStore, models: ModelStore, gone: Collection[str] = ()
) -> frozenset[str]:
    """Give the addresses of all snapshots that a job or a model version names.

    Jobs are asked first: a job that goes meanwhile has registered its model before, so that one of
    the two is seen. Services need what their models need. ``gone``: jobs to be left out. Raises
    Broken when a record cannot be read: what it needs is not known then, and nothing may go.
    """
    of_jobs = {_of_job(home.run(job_id)) for job_id in jobs.ids() if job_id not in gone}
    of_models = {version.record.facts.snapshot for version in every_version(models)}
    return frozenset(address for address in of_jobs | of_models if address)


def needed_jobs(models: ModelStore) -> frozenset[str]:
    """Give the ids of jobs from which alone a model's lineage is known. Raises Broken."""
    return frozenset(
        version.record.facts.job
        for version in every_version(models)
        if version.record.facts.job and models.lineage(version) is None
    )


def every_version(models: ModelStore) -> list[ModelVersion]:
    """List every version of every model. Raises Broken when one of them cannot be read."""
    if damaged := models.damaged():
        name, why = min(damaged.items())
        raise Broken(f"{why} Until model {name} is mended, what it was made from is not known.")
    return [version for name in models.names() for version in models.versions(name)]


def _of_job(run: RunDirectory) -> str | None:
    """Read which snapshot a job ran; None when the job has gone meanwhile."""
    snapshot = snapshot_of(run)
    if snapshot is None and run.path.is_dir():
        raise Broken(
            f"Neither job.json nor receipt.json in {run.path} can be read, so it is not known "
            f"which snapshot the job needs; restore them, or remove the job: longboat rm {run.id}"
        )
    return snapshot


def snapshot_of(run: RunDirectory) -> str | None:
    """Read the address of what a job ran, from whichever record can be read; None when none can."""
    for path in (run.job, run.receipt):
        with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return msgspec.json.decode(path.read_bytes(), type=_Named).snapshot
    return None
