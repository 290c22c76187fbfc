"""Removing a job whose record cannot be read, so that no steward can move it to its end."""

from __future__ import annotations

from longboat.errors import Broken, Conflict, LongboatError
from longboat.records.store import JobStore
from longboat.system.sweep import processes_of


def is_unreadable(store: JobStore, job_id: str) -> bool:
    """Tell whether stewards pass the job over. Raises NotFound."""
    try:
        store.read(job_id)
        store.status(job_id)
    except Broken:
        return True
    return False


def remove_unreadable(store: JobStore, job_id: str) -> None:
    """Delete what there is of the job. Raises Conflict while it may be running here."""
    living = [] if _is_settled(store, job_id) else processes_of(job_id)
    if living:
        pids = " ".join(str(process.pid) for process in living)
        raise Conflict(
            f"The record of job {job_id} cannot be read, and processes of it live. End them, then "
            f"remove it: kill {pids}"
        )
    store.remove(job_id)


def _is_settled(store: JobStore, job_id: str) -> bool:
    try:
        return store.status(job_id).settled
    except LongboatError:
        return False
