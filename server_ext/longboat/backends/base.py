"""What every backend promises; tests/contract holds each of them to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from longboat.errors import Problem
from longboat.explain.cause import Cause
from longboat.records.status import ReplicaStatus
from longboat.spec.capacity import Machine
from longboat.spec.job import JobSpec

Phase = Literal["absent", "waiting", "starting", "running", "succeeded", "failed", "stopped"]


class AttemptRef(NamedTuple):
    """One attempt of one job; starting it twice is starting it once."""

    job: str
    attempt: int


class Launch(msgspec.Struct, frozen=True):
    """All that a backend needs to start an attempt."""

    ref: AttemptRef
    spec: JobSpec
    run_directory: Path
    snapshot: str
    """Address of the snapshot, under ``snapshots_root``."""
    snapshots_root: Path
    guest: Path
    """The zipapp."""
    secrets_file: Path | None


class Observation(msgspec.Struct, frozen=True):
    """What a backend sees of an attempt now.

    ``absent``: nothing of it exists here (never started, or cleaned). ``waiting``: accepted, but
    resources are missing (``cause`` says which). ``starting``: no replica runs the user's code yet.
    A ``cause`` with ``starting`` or ``running`` says why this may not be how it is now.
    ``succeeded``, ``failed`` and ``stopped`` are final, and then no process of the attempt is left.
    """

    phase: Phase
    replicas: tuple[ReplicaStatus, ...] = ()
    cause: Cause | None = None
    started: float | None = None
    """When it began to run, in seconds since the epoch."""
    ended: float | None = None


ABSENT = Observation("absent")


class ModelNote(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a registered model where its job has run."""

    name: str
    version: int
    """In the home of whoever submitted the job."""
    host: str
    """The name of that machine."""
    path: str
    """Where the version lies on it."""
    snapshot: str
    """Address of what the job ran."""
    metrics: dict[str, Any] = {}
    """The last value of each."""
    signature: dict[str, Any] = {}
    """Inputs and outputs, as in model.json."""


class Backend(Protocol):
    """A place where jobs run.

    What is observed of an attempt may lag, and be seen again, but never goes back: an attempt that
    was accepted is not ``absent`` again before it is cleaned, and a final phase stays.

    Every method may be called again after a crash at any moment, with the same result. None blocks
    for longer than it takes to ask; none needs the caller to stay alive afterwards.
    """

    name: str

    def machine(self) -> Machine | None:
        """What its one machine has when nothing else runs; None where there are many."""

    def check(self, spec: JobSpec) -> list[Problem]:
        """Tell what can never work here: more than there is, an interpreter that is missing."""

    def preview(self, launch: Launch) -> list[dict[str, Any]] | None:
        """Show the objects that starting it would create elsewhere; None where there are none.

        Nothing is started, and ``launch.secrets_file`` may be None. Raises TooLarge when what
        travels can never be sent, Unavailable when the place cannot be asked.
        """

    def start(self, launch: Launch) -> Cause | None:
        """Start the attempt, all replicas or none.

        Returns None once it is accepted (or was before), or the cause why it must wait. Raises
        Unavailable when it cannot be started now. In both cases nothing of it runs.
        """

    def observe(self, refs: Sequence[AttemptRef]) -> Mapping[AttemptRef, Observation]:
        """Look at many attempts in one call; every ref is in the answer."""

    def stop(self, ref: AttemptRef) -> None:
        """Ask the attempt to end; replicas get SIGTERM, then a few seconds. Idempotent."""

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        """Tell whoever else looks at where the attempt ran of the model it left. Idempotent.

        Raises Unavailable when it can be told later, another LongboatError when it never can.
        """

    def clean(self, ref: AttemptRef) -> None:
        """Remove what the backend holds of an ended attempt (not its run directory). Idempotent."""

    def erase(self, job: str) -> None:
        """Have removed what a job keeps elsewhere, as soon as its run directory is gone.

        That it is to be is durable when this returns; the place need not be reachable. Nothing is
        removed while the run directory is there. Raises Unavailable when that cannot be noted.
        """
