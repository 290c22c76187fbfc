"""All that a supervisor is given when it is forked; nothing of it is written down."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from longboat.backends.base import Launch
from longboat.backends.local.keeper import Order
from longboat.backends.local.pool import Lease
from longboat.records.layout import AttemptDirectory, RunDirectory
from longboat.spec.job import Replica


class Task(NamedTuple):
    """One attempt to see through to its end."""

    launch: Launch
    python: str
    """The interpreter for a spec that names none."""
    lease: Lease
    local: Path
    """Home's folder on a local disk: the steward's lock and bell."""
    steward: tuple[str, ...]
    """The command that starts a steward; empty for none."""

    @property
    def attempt(self) -> AttemptDirectory:
        """Where the attempt's files are."""
        return RunDirectory(self.launch.run_directory).attempt(self.launch.ref.attempt)

    @property
    def interpreter(self) -> str:
        """What executes the guest."""
        return self.launch.spec.python or self.python

    def order(self, replica: Replica, environment: dict[str, str]) -> Order:
        """Say what the keeper of ``replica`` executes: the entry, from the folder it lies in."""
        directory = self.attempt.replica(replica)
        entry = PurePosixPath(self.launch.spec.entry)
        command = [self.interpreter, str(self.launch.guest), "run", entry.name]
        return Order(command, environment, directory.work / entry.parent, directory)

    def gpus(self, position: int) -> tuple[int, ...]:
        """The GPUs of the replica at this place in the spec's list."""
        each = self.launch.spec.resources.gpu
        return self.lease.gpus[position * each : (position + 1) * each]
