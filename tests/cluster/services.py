"""The programs that run in the cluster's machine: each found by its name, started, stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from cluster import machine
from cluster.errors import ClusterError, wait_for
from cluster.layout import INSIDE, LOGS
from longboat.system.spawn import detach


def program(name: str) -> str:
    """Where a program that was built here lies inside the machine."""
    return str(INSIDE / "bin" / name)


def pid(command: str) -> int | None:
    """The process that executes ``command`` in the machine, by this side's pid; None when none."""
    first = machine.find()
    if first is None:
        return None
    inside = set(machine.members(first))
    running = (number for number, words in machine.processes() if words[0] == command)
    return next((number for number in running if number in inside), None)


def start(command: Sequence[str]) -> None:
    """Start a program in the machine unless it runs; its output goes to a log of its name."""
    if pid(command[0]) is not None:
        return
    first = machine.find()
    if first is None:
        raise ClusterError("The cluster's machine does not run. Bring it up with: make cluster")
    detach(machine.entering(first, command), log=log(command[0]), environment=_environment())
    name, where = Path(command[0]).name, str(log(command[0]))
    wait_for(f"{name} did not start", lambda: pid(command[0]) is not None, seconds=10, where=where)


def stop(command: str, *, how: signal.Signals = signal.SIGTERM) -> None:
    """End a program and wait until it is gone; nothing happens when it does not run."""
    number = pid(command)
    if number is None:
        return
    os.kill(number, how)
    name, where = Path(command).name, str(log(command))
    wait_for(f"{name} did not end", lambda: pid(command) != number, seconds=30, where=where)


def log(command: str) -> Path:
    """Where a program's output goes; it is kept when the cluster is gone."""
    return LOGS / f"{Path(command).name}.log"


def _environment() -> dict[str, str]:
    """What the programs are told: nothing of whoever called make."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
