"""A home with a backend of its own and a stand-in guest, for tests of the local backend."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longboat.backends.base import AttemptRef, Launch, Observation
from longboat.backends.local.backend import LocalBackend
from longboat.backends.local.pool import Pool
from longboat.backends.local.record import AttemptFacts, read_facts
from longboat.explain.cause import Cause
from longboat.records.layout import AttemptDirectory, Home
from longboat.snapshots.store import SnapshotStore
from longboat.spec.capacity import Machine
from longboat.spec.job import JobSpec, Resources
from longboat.system.identity import alive
from longboat.system.sweep import processes_of

MIB = 1 << 20
ENDED = ("succeeded", "failed", "stopped")
# `python guest.py run ENTRY`: the replica's name first, so that a script can tell who it is.
GUEST = "import runpy, sys\nrunpy.run_path(sys.argv[2], run_name='__main__')\n"
PREAMBLE = """\
import json, os, signal, subprocess, sys, time
from pathlib import Path
me = os.environ["LONGBOAT_ROLE"].replace(":", "-")
def say(text): print(text, flush=True)
def last_word(state, **error):
    path = Path(os.environ["LONGBOAT_REPLICA_DIR"], "status.json")
    path.write_text(json.dumps({"state": state, "exit_code": 1, "error": error or None}))
def gate(name):
    while not Path(os.environ["LONGBOAT_CHECKPOINT_DIR"], name).exists(): time.sleep(0.005)
def hang():
    while True: time.sleep(3600)
"""
_ids = itertools.count(1)


def until(condition: Callable[[], Any], what: str = "it", seconds: float = 20.0) -> Any:
    """Wait for something true and give it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.005)
    return found


class Job:
    """One job whose only file is a script."""

    def __init__(self, stage: Stage, script: str, **wanted: Any) -> None:
        self.stage = stage
        self.ref = AttemptRef(f"t{os.getpid()}-{next(_ids)}", 1)
        self.run = stage.home.run(self.ref.job)
        self.run.path.mkdir(parents=True)
        self.secrets: Path | None = None
        entry = wanted.pop("entry", "main.py")
        source = stage.home.path / "sources" / self.ref.job / entry
        source.parent.mkdir(parents=True)
        source.write_text(PREAMBLE + script)
        self.snapshot = stage.store.take(source).address
        resources = Resources(
            wanted.pop("cpu", 0.5), wanted.pop("memory", 512 * MIB), wanted.pop("gpu", 0)
        )
        self.spec = JobSpec(
            name="trial", entry=entry, kind="script", model="m", resources=resources, **wanted
        )

    @property
    def attempt(self) -> AttemptDirectory:
        return self.run.attempt(1)

    @property
    def launch(self) -> Launch:
        return Launch(
            ref=self.ref,
            spec=self.spec,
            run_directory=self.run.path,
            snapshot=self.snapshot,
            snapshots_root=self.stage.home.snapshots,
            guest=self.stage.guest,
            secrets_file=self.secrets,
        )

    def start(self) -> Cause | None:
        return self.stage.backend().start(self.launch)

    def started(self) -> Job:
        assert self.start() is None
        return self

    def look(self) -> Observation:
        return self.stage.backend().observe([self.ref])[self.ref]

    def end(self, seconds: float = 20.0) -> Observation:
        def ended() -> Observation | None:
            seen = self.look()
            return seen if seen.phase in ENDED else None

        found: Observation = until(ended, f"the end of {self.ref}, now {self.look()}", seconds)
        return found

    def stop(self) -> None:
        self.stage.backend().stop(self.ref)

    def facts(self) -> AttemptFacts:
        facts = read_facts(self.attempt.supervisor)
        assert facts is not None
        return facts

    def log(self, replica: str = "worker-0") -> bytes:
        path = self.attempt.path / replica / "log"
        return path.read_bytes() if path.exists() else b""

    def said(self, text: str, replica: str = "worker-0") -> None:
        until(lambda: text.encode() in self.log(replica).split(), f"{replica} says {text}")

    def open(self, gate: str) -> None:
        self.run.checkpoints.mkdir(exist_ok=True)
        (self.run.checkpoints / gate).touch()

    def kill_supervisor(self) -> None:
        os.kill(self.facts().supervisor.pid, signal.SIGKILL)

    def kill_keeper(self, index: int = 0) -> None:
        keeper = self.facts().replicas[index].keeper
        assert keeper is not None
        os.kill(keeper.pid, signal.SIGKILL)

    def infrastructure(self) -> list[int]:
        """Supervisor and keepers that live."""
        if not self.attempt.supervisor.exists():
            return []
        facts = self.facts()
        known = [facts.supervisor, *(each.keeper for each in facts.replicas)]
        return [each.pid for each in known if each is not None and alive(each)]

    def processes(self) -> list[int]:
        return [each.pid for each in processes_of(self.ref.job)]

    def nothing_is_left(self) -> None:
        until(lambda: not self.processes() and not self.infrastructure(), "nothing is left", 5)


class Stage:
    """A home in a temporary folder; its pool is its own."""

    def __init__(self, folder: Path, capacity: Machine) -> None:
        self.home = Home(folder / "home")
        self.store = SnapshotStore(self.home.snapshots)
        self.guest = folder / "guest.py"
        self.guest.write_text(GUEST)
        self.pool = Pool(folder / "pool", capacity)
        self.jobs: list[Job] = []

    def backend(self) -> LocalBackend:
        """A backend that knows what a fresh process would know."""
        return LocalBackend(self.home, python=sys.executable, pool=self.pool, steward=())

    def job(self, script: str, **wanted: Any) -> Job:
        job = Job(self, script, **wanted)
        self.jobs.append(job)
        return job

    def close(self) -> None:
        """End what a failed test has left running."""
        for job in self.jobs:
            for pid in [*job.processes(), *job.infrastructure()]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, Machine(cpu=4.0, memory=16 << 30, gpu=4))
    try:
        yield made
        for job in made.jobs:
            job.nothing_is_left()
    finally:
        made.close()
