"""This machine as a place: real processes, found again by the job's mark in their environment."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from functools import partial
from pathlib import Path
from unittest.mock import patch

from contract.place import start_and_die, touch_gate
from longboat.backends.base import Backend, Launch
from longboat.guest import wire
from longboat.records.layout import Home
from longboat.spec.job import Resources

MIB = 1 << 20
PAUSE = 0.02


class LocalPlace:
    """See Place; the machine's resources are a pool of the test's own."""

    capacity = Resources(cpu=4.0, memory=8192 * MIB, gpu=0)
    small = 0.1

    def __init__(self, folder: Path) -> None:
        from longboat.backends.local.backend import LocalBackend
        from longboat.guest.bundle import build

        self.home = Home(folder)
        self._make = partial(LocalBackend, self.home, steward=())
        self.guest = build(self.home.guests)
        given = {"cpu": 4.0, "memory": 8192 * MIB, "gpu": 0}
        own = {"LONGBOAT_POOL": f"{folder}-pool", "LONGBOAT_CAPACITY": json.dumps(given)}
        self._environment = patch.dict(os.environ, own)
        self._environment.start()

    def backend(self) -> Backend:
        """See Place."""
        return self._make()

    def start_and_die(self, launch: Launch) -> None:
        """See Place."""
        start_and_die(self._make, launch)

    def now(self) -> float:
        """See Place."""
        return time.monotonic()

    def pause(self) -> None:
        """See Place."""
        time.sleep(PAUSE)

    def open_gate(self, job_id: str, name: str) -> None:
        """See Place."""
        touch_gate(self.home, job_id, name)

    def survivors(self, job_id: str) -> list[str]:
        """See Place."""
        mark = f"{wire.JOB_ID}={job_id}".encode()
        return [f"{pid} {_command(pid)}" for pid in _pids() if mark in _environment(pid)]

    def close(self) -> None:
        """See Place."""
        for job in self.home.jobs.iterdir() if self.home.jobs.exists() else ():
            for survivor in self.survivors(job.name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(survivor.split()[0]), signal.SIGKILL)
        self._environment.stop()


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
