"""Waiting for what can be seen, and the process table."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from longboat.system.identity import start_time
from longboat.system.processes import Process, table

PATIENCE = 20.0
"""Seconds after which a condition counts as never met; the machine may be busy."""


def until(
    condition: Callable[[], Any], what: str | Callable[[], str], seconds: float = PATIENCE
) -> Any:
    """Wait for something true and give it; ``what`` may be found out once it is too late."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(
                f"Not within {seconds:g} s: {what if isinstance(what, str) else what()}"
            )
        time.sleep(0.01)
    return found


def processes(mark: str) -> list[Process]:
    """List the living processes with ``mark`` in their command line or environment."""
    me, wanted = os.getpid(), mark.encode()
    return [row for row in table().values() if row.pid != me and wanted in _words(row.pid)]


def command(pid: int) -> str:
    """Show what a process was started as, for a failing assertion."""
    return _read(pid, "comm").decode() + _read(pid, "cmdline").replace(b"\0", b" ").decode()


def is_stopped(pid: int) -> bool:
    """Tell whether SIGSTOP has taken effect (state T of proc(5))."""
    stat = _read(pid, "stat")
    return stat[stat.rfind(b")") + 2 :][:1] == b"T"


def kill(pid: int) -> None:
    """Send SIGKILL, and wait until the kernel has taken away what the process held."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    until(lambda: start_time(pid) is None, f"{pid} is dead")


def _words(pid: int) -> bytes:
    return _read(pid, "cmdline") + b"\0" + _read(pid, "environ")


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
