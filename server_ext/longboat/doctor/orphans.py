"""Processes that outlived their job."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from longboat.doctor.finding import Finding
from longboat.errors import LongboatError, NotFound, Unavailable
from longboat.guest import wire
from longboat.records.layout import Home
from longboat.records.status import FINAL
from longboat.records.store import JobStore
from longboat.system.processes import Process, kill
from longboat.system.sweep import marked

GRACE = 10.0
"""Seconds after a job's end in which its last processes may still be going."""
_DEATH_SECONDS = 5.0
"""Seconds that processes may take to be gone once they were killed."""
_PAUSE = 0.01


def orphans(home: Path) -> Iterator[Finding]:
    """Processes of this home's jobs that live although their job has ended or is gone."""
    found = _left(Home(home))
    for job_id, left in sorted(found.items()):
        pids = " ".join(str(process.pid) for process in left)
        yield Finding(
            "orphans",
            "bad",
            f"{_processes(left)} of job {job_id} outlived it: {pids}.",
            f"End them with: kill {pids}",
            partial(_end, Home(home), job_id),
        )
    if not found:
        yield Finding("orphans", "ok", "No process has outlived its job.")


def _left(home: Home) -> dict[str, list[Process]]:
    """List the processes of ended jobs of ``home``, by the job's id."""
    store = JobStore(home)
    return {
        job_id: left
        for job_id, processes in marked().items()
        if (left := [p for p in processes if _is_of(home, p.pid)]) and _has_ended(store, job_id)
    }


def _end(home: Home, job_id: str) -> str:
    """Kill them until none is left: one may just be starting another."""
    ended: set[int] = set()
    deadline = time.monotonic() + _DEATH_SECONDS
    while left := _left(home).get(job_id):
        if time.monotonic() >= deadline:
            raise Unavailable(f"{_processes(left)} of job {job_id} cannot be killed now.")
        kill(left)
        ended.update(process.pid for process in left)
        time.sleep(_PAUSE)
    return f"Ended: {' '.join(map(str, sorted(ended))) or 'they had left by themselves'}."


def _processes(left: list[Process]) -> str:
    return "1 process" if len(left) == 1 else f"{len(left)} processes"


def _is_of(home: Home, pid: int) -> bool:
    """Whether the process belongs to a job of ``home``: other homes have jobs of their own."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    mark = f"{wire.REPLICA_DIR}=".encode()
    folders = [Path(os.fsdecode(v.removeprefix(mark))) for v in environment if v.startswith(mark)]
    return any(folder.is_relative_to(home.jobs) for folder in folders)


def _has_ended(store: JobStore, job_id: str) -> bool:
    try:
        status = store.status(job_id)
    except NotFound:
        return True
    except LongboatError:
        return False
    return status.state in FINAL and time.time() - (status.ended or 0.0) > GRACE
