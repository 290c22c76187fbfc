"""The processes below this one: a carrier is the first process of its pod, and the last."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from typing import Dict, Iterable, List, NamedTuple

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


class Row(NamedTuple):
    """One living process."""

    pid: int
    parent: int
    session: int


def adopt_orphans() -> None:
    """Become the parent of every descendant whose parent dies. Raises OSError."""
    if os.getpid() == 1:
        return  # the first process of a pid namespace is so by itself
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def below(root: int) -> List[Row]:
    """List the living processes below ``root``."""
    children: Dict[int, List[Row]] = {}
    for row in _table():
        children.setdefault(row.parent, []).append(row)
    found: List[Row] = []
    level = children.pop(root, [])
    while level:
        found += level
        level = [child for row in level for child in children.pop(row.pid, ())]
    return found


def send(rows: Iterable[Row], number: signal.Signals) -> None:
    """Send a signal to each that is still there."""
    for row in rows:
        with contextlib.suppress(OSError):
            os.kill(row.pid, number)


def _table() -> Iterable[Row]:
    """Read /proc/<pid>/stat of every process but zombies, proc(5)."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                stat = file.read()
                fields = stat[stat.rindex(b")") + 2 :].split()
                if fields[0] not in (b"Z", b"X"):
                    yield Row(int(name), int(fields[1]), int(fields[3]))
