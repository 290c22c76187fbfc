"""Where a backend and its courier meet: what is under way, a lock, a bell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.facts import Sent
from longboat.backends.kubernetes.pausing import Pause
from longboat.errors import Broken, Unavailable
from longboat.records.layout import AttemptDirectory, Home
from longboat.spec.decoding import UNDECODABLE
from longboat.system.files import write_atomic
from longboat.system.identity import Identity, alive, identify
from longboat.system.locks import FileLock
from longboat.system.spawn import detach
from longboat.system.wake import Bell, ring

_MANY = 4
"""So many couriers in a row that ended at once are no accident."""


class Post:
    """One home's post of one cluster."""

    def __init__(self, home: Home, name: str) -> None:
        self.home = home
        self.name = name
        self._local = home.local / "couriers" / name
        self._notes = home.path / "clusters" / name
        self._starts = Pause()
        self._started: Identity | None = None
        """The courier that was last started because there was none."""

    def attempt(self, ref: AttemptRef) -> AttemptDirectory:
        """The folder of an attempt."""
        return self.home.run(ref.job).attempt(ref.attempt)

    def ask_to_end(self, ref: AttemptRef) -> None:
        """Write down that the attempt is to end. Raises Unavailable."""
        path = self.attempt(ref).stop
        if path.exists():
            return
        try:
            write_atomic(path, b"")
        except OSError as error:
            message = f"The request to stop {ref.job} cannot be written: {error.strerror}."
            raise Unavailable(message) from error

    # --- what may be on the cluster

    def note(self, ref: AttemptRef, sent: Sent) -> None:
        """Write down durably what the attempt may have there. Raises OSError."""
        self._notes.mkdir(parents=True, exist_ok=True)
        write_atomic(self._notes / f"{ref.job}-{ref.attempt}", msgspec.json.encode(sent))

    def sent(self, ref: AttemptRef) -> Sent | None:
        """What was noted; None for nothing. Raises Broken, OSError."""
        path = self._notes / f"{ref.job}-{ref.attempt}"
        try:
            return msgspec.json.decode(path.read_bytes(), type=Sent)
        except FileNotFoundError:
            return None
        except UNDECODABLE as error:
            raise Broken(f"{path} is damaged ({error}); delete it.") from None

    def forget(self, ref: AttemptRef) -> None:
        """Nothing of it is there any more."""
        (self._notes / f"{ref.job}-{ref.attempt}").unlink(missing_ok=True)

    def noted(self) -> Iterator[AttemptRef]:
        """Every attempt of which something may be there."""
        for path in self._notes.iterdir() if self._notes.is_dir() else ():
            job, _, attempt = path.name.rpartition("-")
            if job and attempt.isdecimal():
                yield AttemptRef(job, int(attempt))

    # --- the courier

    @property
    def lock(self) -> FileLock:
        """Its holder is the courier."""
        return FileLock(self._local / "lock")

    @property
    def starting(self) -> FileLock:
        """Held while an attempt is being sent: the same one is not sent from two sides."""
        return FileLock(self._local / "starting.lock")

    def bell(self) -> Bell:
        """What the courier listens to."""
        return Bell(self._local)

    def ring(self) -> None:
        """Wake the courier, if there is one."""
        ring(self._local)

    def call(self) -> None:
        """Wake the courier, or start one. Raises OSError when none can be started."""
        if self.lock.held():
            self.ring()
        else:
            self.revive()

    def revive(self) -> None:
        """Start a courier if there is none. Raises OSError.

        One that was started, and does not hold the lock yet, is given the time; one that ends at
        once is not started again at once.
        """
        if self.lock.held():
            self._starts.succeeded()
            return
        if not self._starts.over or (self._started is not None and alive(self._started)):
            return
        self._starts.failed()  # until it holds the lock
        self._local.mkdir(parents=True, exist_ok=True)
        module = "longboat.backends.kubernetes.courier"
        command = (sys.executable, "-m", module, str(self.home.path), self.name)
        self._started = identify(detach(command, log=self.courier_log))

    @property
    def courier_log(self) -> Path:
        """What couriers say."""
        return self._local / "courier.log"

    @property
    def failing(self) -> bool:
        """Whether couriers end again and again."""
        return self._starts.failures >= _MANY and not self.lock.held()
