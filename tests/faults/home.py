"""A fresh LONGBOAT_HOME with a machine of its own, and jobs in it whose moments can be seen."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.points import Point
from faults.watching import command, is_stopped, kill, processes, until
from longboat import summoning
from longboat.api import Client, Job
from longboat.backends.local.pool import Lease, Pool
from longboat.backends.local.record import AttemptFacts, read_facts
from longboat.records.layout import AttemptDirectory
from longboat.spec.job import Replica

HERE = Path(__file__).parent
CAPACITY = {"cpu": 2.0, "memory": 4 << 30, "gpu": 0}
SMALL = {"cpu": 0.1, "memory": "256M", "secrets": ("FAULT_SECRET",)}
# Another interpreter for one replica: it says that it is there and never goes on by itself.
BLOCKED = """#!/bin/sh
if [ "$LONGBOAT_ROLE" = "{role}" ]; then
    : > "{there}"
    read -r _ < "{fifo}"
fi
{setting}
exec "{python}" "$@"
"""


class FaultHome:
    """The home, what is started in it, and what is seen of that from outside."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._environment = environment
        environment.setenv("LONGBOAT_POOL", str(folder / "pool"))
        environment.setenv("LONGBOAT_CAPACITY", json.dumps(CAPACITY))
        environment.setenv("LONGBOAT_STEWARD_LINGER", "0.1")
        environment.setenv("FAULT_SECRET", "hush")
        (folder / "sources").mkdir(parents=True)
        self.entry = folder / "sources" / "script.py"
        self.entry.write_bytes((HERE / "script.py").read_bytes())
        self.client = Client(folder / "home")
        self.engine = self.client.engine
        self.home = self.engine.home
        self._points: list[dict[str, str]] = []

    # --- making things happen

    def freeze_at(self, point: Point) -> Path:
        """Have the first process that comes to ``point`` stop there; gives the file that tells."""
        told = self.folder / f"frozen-{len(self._points)}"
        self._points.append({**point._asdict(), "told": str(told)})
        self._environment.setenv("FREEZE_AT", json.dumps(self._points))
        before = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        paths = dict.fromkeys([str(HERE / "freezer"), *before])
        self._environment.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        return told

    def submit(self, **asked: Any) -> Job:
        """Submit the script from this process."""
        return self.client.submit(self.entry, **{**SMALL, **asked})

    def run_submitter(self, *inside: str, **order: Any) -> subprocess.Popen[str]:
        """Submit, or deploy, from a process of its own, which then waits for the end.

        ``inside`` is a command that puts the process into surroundings of its own.
        """
        if "deploy" not in order:
            order = {"entry": str(self.entry), **SMALL, **order}
        command = [
            *inside,
            sys.executable,
            HERE / "submitter.py",
            self.home.path,
            json.dumps(order),
        ]
        return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)

    def hold_everything(self) -> Lease:
        """Take all resources of the machine, so that jobs stay queued."""
        lease = Pool().acquire(CAPACITY["cpu"], int(CAPACITY["memory"]))
        assert isinstance(lease, Lease)
        return lease

    def blocked_python(self, role: str, setting: str = "") -> tuple[Path, Path]:
        """Make an interpreter that never begins in ``role``; gives it and what says it is there."""
        python, there, fifo = (self.folder / name for name in ("python-slow", "there", "fifo"))
        os.mkfifo(fifo)
        text = BLOCKED.format(
            role=role, there=there, fifo=fifo, python=sys.executable, setting=setting
        )
        python.write_text(text)
        python.chmod(0o755)
        return python, there

    def open_gate(self, job: Job, *replicas: str) -> None:
        """Let replicas go on."""
        checkpoints = self.home.run(job.id).checkpoints
        checkpoints.mkdir(exist_ok=True)
        for replica in replicas:
            (checkpoints / f"go-{replica}").touch()

    @contextlib.contextmanager
    def setting(self, name: str, value: str) -> Iterator[None]:
        """Have what is started in the block see another environment."""
        before = os.environ.get(name, "")
        self._environment.setenv(name, value)
        try:
            yield
        finally:
            self._environment.setenv(name, before)

    def revive(self) -> None:
        """What any call of a face does first."""
        self.client.jobs()

    # --- seeing

    def frozen(self, told: Path) -> int:
        """Wait until a process has stopped at its point; gives its pid."""
        until(told.exists, lambda: f"a process comes to its point {self.describe()}")
        pid = int(json.loads(told.read_text())["pid"])
        until(lambda: is_stopped(pid), f"{pid} has stopped")
        return pid

    def runs(self, job: Job, *replicas: str) -> None:
        """Wait until the job is running and the scripts of these replicas have said so."""
        for replica in replicas:
            self.sees(job, f"runs-{replica}")
        self.reaches(job, "running")

    def sees(self, job: Job, name: str) -> None:
        """Wait for a file of the job's own."""
        path = self.home.run(job.id).checkpoints / name
        until(path.exists, lambda: f"{name} of {job.id} {self.describe()}")

    def reaches(self, job: Job, state: str, reason: str = "") -> None:
        """Wait until status.json says so; the index and the steward are left alone."""

        def reached() -> bool:
            status = job.status
            return status.state == state and status.reason == reason

        until(reached, lambda: f"{job.id} is {state} {reason} {self.describe()}")

    def attempt(self, job: Job) -> AttemptDirectory:
        """The folder of the job's present attempt."""
        return self.home.run(job.id).attempt(job.status.attempt)

    def facts(self, job: Job) -> AttemptFacts:
        """What its supervisor has written."""
        facts = read_facts(self.attempt(job).supervisor)
        assert facts is not None
        return facts

    def keeper(self, job: Job, replica: str) -> int:
        """The pid of a replica's keeper."""
        facts = {str(each.status.replica): each for each in self.facts(job).replicas}
        keeper = facts[replica].keeper
        assert keeper is not None
        return keeper.pid

    def process(self, job: Job, replica: str) -> int:
        """The pid of a replica."""
        facts = {str(each.status.replica): each for each in self.facts(job).replicas}
        process = facts[replica].process
        assert process is not None
        return process.pid

    def steward(self) -> int:
        """The pid of the steward that holds the lock."""
        until(lambda: summoning.lock_of(self.home).held(), "there is a steward")
        found = [row.pid for row in processes(str(self.home.path)) if self._is_steward(row.pid)]
        assert len(found) == 1, found
        return found[0]

    def _is_steward(self, pid: int) -> bool:
        shown = command(pid)
        return "longboat.steward" in shown and not shown.startswith("longboat-")

    def steward_is_gone(self) -> None:
        """Wait until no steward holds the lock."""
        until(lambda: not summoning.lock_of(self.home).held(), "the steward has left")

    def leader(self, job: Job) -> Replica:
        """The replica that leads."""
        return job.record.spec.leader

    def describe(self) -> str:
        """Show the home for a failing assertion; starts nothing."""
        logs = [
            path
            for pattern in ("local/*.log", "jobs/*/attempts/*/*.log", "jobs/*/attempts/*/*/log")
            for path in self.home.path.glob(pattern)
        ]
        shown = [f"{log.relative_to(self.home.path)}:\n{_tail(log)}" for log in sorted(logs)]
        rows = [f"{row.pid} {command(row.pid)}" for row in processes(str(self.folder))]
        jobs = [f"{row.record.id} {row.status}" for row in self.engine.index.list()]
        return "\n".join(["", *jobs, *rows, *shown])

    # --- ending

    def power_cut(self) -> None:
        """End everything of the home at once, the steward included."""
        rows = processes(str(self.folder))
        for row in rows:
            os.kill(row.pid, signal.SIGSTOP)
        for row in rows:
            # Not only unseen: while a process dies its environment is gone before its locks are.
            kill(row.pid)
        until(lambda: not processes(str(self.folder)), "all is dark")

    def close(self) -> None:
        """End what a failed test has left running; a test that passed leaves nothing."""
        while left := processes(str(self.folder)):
            for row in left:
                kill(row.pid)

    def thaw(self, pid: int) -> None:
        """Let a frozen process go on."""
        os.kill(pid, signal.SIGCONT)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:]
