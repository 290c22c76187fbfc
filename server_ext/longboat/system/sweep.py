"""The last resort against what survives: a job's processes, found by the mark in their environment.

It finds what was inherited at exec; a process that cleared its environment is found only through
its keeper or supervisor.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from longboat.guest import wire
from longboat.system.processes import Process, kill, table

_PAUSE = 0.005


def processes_of(job_id: str, attempt: int | None = None) -> list[Process]:
    """List the living processes of a job, or of one attempt of it, that this user may see."""
    marks = {f"{wire.JOB_ID}={job_id}".encode()}
    if attempt is not None:
        marks.add(f"{wire.ATTEMPT}={attempt}".encode())
    return [row for row in _candidates() if marks <= _environment(row.pid)]


def marked() -> dict[str, list[Process]]:
    """List every living process that belongs to some job, by the job's id."""
    prefix = f"{wire.JOB_ID}=".encode()
    found: dict[str, list[Process]] = {}
    for row in _candidates():
        for variable in _environment(row.pid):
            if variable.startswith(prefix):
                found.setdefault(os.fsdecode(variable[len(prefix) :]), []).append(row)
    return found


def sweep(job_id: str, attempt: int, seconds: float) -> bool:
    """Kill the attempt's processes until none is left, within ``seconds``; False when one is.

    It looks once more after finding none: while a process is in the middle of an exec, the kernel
    shows it without an environment.
    """
    deadline = time.monotonic() + seconds
    empty_looks = 0
    while empty_looks < 2:
        found = processes_of(job_id, attempt)
        kill(found)
        empty_looks = 0 if found else empty_looks + 1
        if found and time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _candidates() -> Iterator[Process]:
    me = os.getpid()
    return (row for row in table().values() if row.pid != me)


def _environment(pid: int) -> set[bytes]:
    """The variables it was started with; none when it is gone or another user's."""
    try:
        return set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:
        return set()
