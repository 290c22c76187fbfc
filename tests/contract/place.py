"""What the suite must know of a place where jobs run, beyond the backend's interface.

A new backend joins by one more ``Place`` in conftest.py's table.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from longboat.backends.base import Backend, Launch
from longboat.records.layout import Home
from longboat.spec.job import Resources


class Place(Protocol):
    """A machine, a cluster or a model of one, empty when the test begins."""

    home: Home
    guest: Path
    """The zipapp that runs the replicas there."""
    capacity: Resources
    """What all replicas of all jobs may hold together."""
    small: float
    """Cores of a replica for which they do not matter, few enough for three."""

    def backend(self) -> Backend:
        """Make a backend object that knows what a fresh process would know."""

    def start_and_die(self, launch: Launch) -> None:
        """Start an attempt from a process that is gone at once afterwards."""

    def now(self) -> float:
        """Read the clock that deadlines are measured by, in seconds."""

    def pause(self) -> None:
        """Let a little time pass: one turn of a loop that waits for a condition."""

    def open_gate(self, job_id: str, name: str) -> None:
        """Put an empty file among the job's checkpoints, whether it has begun or not."""

    def survivors(self, job_id: str) -> list[str]:
        """Name the processes of this job that run now."""

    def close(self) -> None:
        """End whatever the test has left running."""


_START = """\
import os, pickle, signal, sys
make, launch = pickle.load(sys.stdin.buffer)
assert make().start(launch) is None
os.kill(os.getpid(), signal.SIGKILL)
"""


def start_and_die(make: Callable[[], Backend], launch: Launch) -> None:
    """Start an attempt from a process that is killed at once afterwards."""
    given = pickle.dumps((make, launch))
    caller = subprocess.run([sys.executable, "-c", _START], input=given, check=False)
    assert caller.returncode == -signal.SIGKILL


def touch_gate(home: Home, job_id: str, name: str) -> None:
    """Open a gate where the replicas' checkpoints are the run directory's own."""
    checkpoints = home.run(job_id).checkpoints
    checkpoints.mkdir(exist_ok=True)
    (checkpoints / name).touch()
