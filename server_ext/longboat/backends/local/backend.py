"""Jobs as processes of this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from longboat import summoning
from longboat.backends.base import ABSENT, AttemptRef, Launch, ModelNote, Observation
from longboat.backends.local import lost
from longboat.backends.local.checking import check
from longboat.backends.local.pool import Lease, Pool, Shortage
from longboat.backends.local.record import AttemptFacts, first_facts, read_facts, write_facts
from longboat.backends.local.reserve import give_room, keep_room
from longboat.backends.local.supervisor import supervise
from longboat.backends.local.task import Task
from longboat.backends.tidy import tidy
from longboat.errors import Broken, Problem, Unavailable
from longboat.explain.cause import Cause
from longboat.records.layout import AttemptDirectory, Home
from longboat.spec.capacity import Machine
from longboat.spec.job import JobSpec
from longboat.system.files import sync_directory, write_atomic
from longboat.system.identity import Identity, alive, identify
from longboat.system.locks import FileLock, take
from longboat.system.processes import send
from longboat.system.spawn import detach
from longboat.system.sweep import sweep

_START_SECONDS = 10.0
"""How long another start in the same home may take."""

_SWEEP_SECONDS = 1.0


class LocalBackend:
    """Runs each attempt under a supervisor of its own; holds nothing but what is in ``home``."""

    name = "local"

    def __init__(
        self,
        home: Home,
        *,
        python: str = sys.executable,
        pool: Pool | None = None,
        steward: Sequence[str] | None = None,
    ) -> None:
        """Use ``home``.

        ``python`` runs a spec that names no interpreter. ``pool`` is by default the machine's.
        ``steward`` is the command by which an ending attempt starts a steward when none is there;
        an empty one for never.
        """
        self._home = home
        self._python = python
        self._given_pool = pool
        self._steward = summoning.command(home) if steward is None else tuple(steward)

    @property
    def pool(self) -> Pool:
        """The resources of this machine, measured when first asked for."""
        if self._given_pool is None:
            self._given_pool = Pool()
        return self._given_pool

    def machine(self) -> Machine:
        """What this machine has when nothing else runs."""
        return self.pool.total

    def check(self, spec: JobSpec) -> list[Problem]:
        """Tell what can never work: more than the machine has, an interpreter that is missing."""
        return check(spec, self.pool, spec.python or self._python)

    def preview(self, launch: Launch) -> None:
        """Nothing is created elsewhere."""
        return None

    def start(self, launch: Launch) -> Cause | None:
        """Start the attempt, all replicas or none; None also when it was started before.

        Raises Unavailable when it cannot be started now; nothing of it exists then.
        """
        with FileLock(self._home.local / "starting.lock").hold(_START_SECONDS):
            attempt = self._attempt(launch.ref)
            if attempt.supervisor.exists():
                return None
            resources, count = launch.spec.resources, len(launch.spec.replicas)
            lease = self.pool.acquire(
                resources.cpu * count, resources.memory * count, resources.gpu * count
            )
            if isinstance(lease, Shortage):
                return Cause("waiting-resources", lease._asdict())
            try:
                self._begin(launch, attempt, lease)
            except OSError as error:
                raise Unavailable(_why_not_begun(error, launch.ref)) from error
            finally:
                lease.close()  # the supervisor has its own copy
        return None

    def _begin(self, launch: Launch, attempt: AttemptDirectory, lease: Lease) -> None:
        """Fork the supervisor, then write the record that lets it go on."""
        _make_folders(launch, attempt)
        task = Task(launch, self._python, lease, self._home.local, self._steward)
        with contextlib.ExitStack() as stack:
            lock = take(attempt.lock)
            if lock is None:
                raise OSError(errno.EBUSY, "who was to supervise it before has not ended")
            stack.callback(os.close, lock)
            waiting, go = os.pipe()
            stack.callback(os.close, go)
            supervisor = _fork_supervisor(task, waiting, keep=(lease.descriptor, lock))
            try:
                write_facts(attempt.supervisor, first_facts(launch, supervisor))
            except OSError:
                attempt.supervisor.unlink(missing_ok=True)
                raise

    def observe(self, refs: Sequence[AttemptRef]) -> Mapping[AttemptRef, Observation]:
        """Look at many attempts in one call; every ref is in the answer.

        What a dead supervisor has left behind is ended here, and its final word written.
        """
        return {ref: self._observe(ref) for ref in refs}

    def _observe(self, ref: AttemptRef) -> Observation:
        path = self._attempt(ref).supervisor
        try:
            facts = read_facts(path)
        except Broken:
            # Who supervised it can no longer be known, only which processes are of it.
            ended = sweep(*ref, seconds=_SWEEP_SECONDS)
            cause = Cause("supervisor-lost")
            return Observation("failed", cause=cause) if ended else Observation("running")
        if facts is None:
            return ABSENT
        if facts.final or not lost.is_dead(self._attempt(ref), facts):
            return facts.observation
        return self._observe_lost(ref, path, facts)

    def _observe_lost(self, ref: AttemptRef, path: Path, facts: AttemptFacts) -> Observation:
        # It may have had its final word between our reading and its death.
        facts = read_facts(path) or facts
        if facts.final:
            return facts.observation
        final = lost.settle(ref, facts)
        if final is None:
            return facts.observation
        give_room(self._attempt(ref))
        with contextlib.suppress(OSError):  # a full disk: the next look finds the same
            write_facts(path, final)
        return final.observation

    def stop(self, ref: AttemptRef) -> None:
        """Ask the attempt to end; replicas get SIGTERM, then five seconds. Idempotent.

        Raises Unavailable when the request cannot be written down.
        """
        attempt = self._attempt(ref)
        facts = _read_or_none(attempt.supervisor)
        if facts is None or facts.final:
            return
        if not attempt.stop.exists():
            try:
                write_atomic(attempt.stop, b"")
            except OSError as error:
                message = f"The request to stop {ref.job} cannot be written: {error.strerror}."
                raise Unavailable(message) from error
        if alive(facts.supervisor):
            send(facts.supervisor.pid, facts.supervisor.started, signal.SIGTERM)

    def erase(self, job: str) -> None:
        """All is in the run directory."""

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        """Nothing: whoever looks at this machine sees the models themselves."""

    def clean(self, ref: AttemptRef) -> None:
        """Remove what an ended attempt no longer needs: unchanged copies of snapshot files.

        Raises Unavailable when that cannot be noted; it can be done again.
        """
        attempt = self._attempt(ref)
        facts = _read_or_none(attempt.supervisor)
        if facts is None or not facts.final or facts.cleaned:
            return
        replicas = [each.status.replica for each in facts.replicas]
        tidy(attempt, replicas, self._home.snapshots, facts.snapshot)
        try:
            write_facts(attempt.supervisor, replace(facts, cleaned=True))
        except OSError as error:
            message = f"Job {ref.job} cannot be tidied up now: {error.strerror or error}."
            raise Unavailable(message) from error

    def _attempt(self, ref: AttemptRef) -> AttemptDirectory:
        return self._home.run(ref.job).attempt(ref.attempt)


def _read_or_none(path: Path) -> AttemptFacts | None:
    try:
        return read_facts(path)
    except Broken:
        return None


def _fork_supervisor(task: Task, waiting: int, keep: tuple[int, ...]) -> Identity:
    """Fork it; it goes on when the other side of ``waiting`` is closed. Raises OSError."""
    try:
        pid = detach(
            lambda: supervise(task, waiting),
            keep=(waiting, *keep),
            log=task.attempt.path / "supervisor.log",
        )
    finally:
        os.close(waiting)
    supervisor = identify(pid)
    if supervisor is None:
        raise OSError(errno.ECHILD, "its supervisor ended at once")
    return supervisor


def _make_folders(launch: Launch, attempt: AttemptDirectory) -> None:
    """Make the replicas' folders, durably: the record will promise that they are there."""
    for replica in launch.spec.replicas:
        attempt.replica(replica).path.mkdir(parents=True, exist_ok=True)
    keep_room(attempt)
    for folder in (attempt.path, attempt.path.parent, launch.run_directory):
        sync_directory(folder)


def _why_not_begun(error: OSError, ref: AttemptRef) -> str:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Job {ref.job} cannot be started: no space is left on the disk of LONGBOAT_HOME."
    return f"Job {ref.job} cannot be started now: {reason}."
