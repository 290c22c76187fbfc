"""The tree of processes, and signals that cannot hit a stranger who got a reused pid."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from longboat.system.identity import has_ended, start_time

_PAUSE = 0.005
"""Seconds between two looks while processes that were killed disappear."""


class Process(NamedTuple):
    """One row of the process table."""

    pid: int
    parent: int
    session: int
    started: int
    """Clock ticks after boot: with the pid, it says which process this is."""
    resident: int
    """Bytes in memory, shared pages counted in full."""


def table() -> dict[int, Process]:
    """Read the table of living processes (zombies are left out) by pid."""
    rows = (_row(int(name)) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208
    return {row.pid: row for row in rows if row is not None}


_PAGE = os.sysconf("SC_PAGE_SIZE")


def _row(pid: int) -> Process | None:
    """Read /proc/<pid>/stat, proc(5); None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  read for every process
            stat = file.read()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    if has_ended(fields):
        return None
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), int(fields[21]) * _PAGE)


def descendants(root: int, rows: Mapping[int, Process] | None = None) -> list[Process]:
    """List the living processes below ``root``, parents before children."""
    children: dict[int, list[Process]] = {}
    for row in (table() if rows is None else rows).values():
        children.setdefault(row.parent, []).append(row)
    found: list[Process] = []
    level = children.pop(root, [])
    while level:
        found += level
        level = [child for row in level for child in children.pop(row.pid, ())]
    return found


def send(pid: int, started: int, number: int) -> bool:
    """Send a signal to the process that has this pid since ``started``; False when it is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if start_time(pid) != started:
            return False
        signal.pidfd_send_signal(descriptor, number)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(descriptor)
    return True


def kill(processes: Iterable[Process]) -> None:
    """Send SIGKILL to each."""
    for process in processes:
        send(process.pid, process.started, signal.SIGKILL)


def reap() -> None:
    """Collect every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_descendants(seconds: float, spare: Collection[int] = ()) -> bool:
    """Kill and reap everything below this process until nothing is left, within ``seconds``.

    The children in ``spare`` and what is below them are left alone. This process must adopt
    orphans (prctl.py): whoever is forked while its parent is killed turns up as a child here.
    """
    deadline = time.monotonic() + seconds
    while True:
        reap()
        rows = table()
        for pid in spare:
            rows.pop(pid, None)
        found = descendants(os.getpid(), rows)
        if not found or time.monotonic() >= deadline:
            return not found
        kill(found)
        time.sleep(_PAUSE)
