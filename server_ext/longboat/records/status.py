"""What is so of a job: written by the steward alone, read by everybody."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from longboat.spec.job import JobSpec, Replica, RoleName

JobState = Literal["queued", "starting", "running", "succeeded", "failed", "stopped"]
ReplicaState = Literal["pending", "running", "succeeded", "failed", "stopped"]
Target = Literal["run", "stop", "remove"]

FINAL: frozenset[JobState] = frozenset({"succeeded", "failed", "stopped"})


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """That a job ran elsewhere and came as an archive: from whom, and when."""

    who: str
    """Whoever exported it."""
    host: str
    """The name of the machine on which that was."""
    when: float
    """When it was exported, in seconds since the epoch."""
    at: float
    """When it was imported here."""
    model: str | None = None
    """``name@version`` that it had left there."""


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and by whom; job.json, never changed after it is written."""

    id: str
    created: float
    """Seconds since the epoch."""
    spec: JobSpec
    snapshot: str
    """The snapshot's address."""
    guest: str
    """Content address of the zipapp that runs it."""
    again: str | None = None
    """The job this one repeats."""
    imported: Imported | None = None
    """None for a job of this home."""


class Intent(msgspec.Struct, frozen=True):
    """What is wanted of the job now; intent.json. It only ever goes run → stop → remove."""

    target: Target
    at: float
    """When it was last changed, in seconds since the epoch; 0 when it never was."""


class ReplicaStatus(msgspec.Struct, frozen=True):
    """What is known of one replica."""

    role: RoleName
    index: int
    state: ReplicaState
    exit_code: int | None = None
    """Of an ended process; negative for the signal that killed it."""
    memory_peak: int | None = None
    """Bytes."""

    @property
    def replica(self) -> Replica:
        """The replica's name."""
        return Replica(self.role, self.index)


class Progress(msgspec.Struct, frozen=True):
    """How far the leader is."""

    cell: int = 0
    cells: int = 0
    done: float = 0
    total: float = 0
    """Steps of ``fit`` (or what ``longboat.report`` was told)."""
    remaining: float | None = None
    """Seconds, estimated; None while nothing allows an estimate."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What a later attempt can go on from."""

    written: float
    """When its newest file was, in seconds since the epoch."""
    path: str = ""
    """Of that file, in the folder of checkpoints."""
    epoch: int | None = None
    """How many epochs it holds, where that is known."""
    kept: bool = True
    """False: it goes with the replica that wrote it, and nobody finds it again."""


class Reported(msgspec.Struct, frozen=True):
    """What the leader of the current attempt has said of itself so far."""

    metrics: dict[str, Any] = {}
    """The last value of each."""
    progress: Progress = Progress()
    looked: bool = False
    """It has said which checkpoint there is, or that there is none."""
    checkpoint: Checkpoint | None = None
    """The newest; None: none, or it has said nothing."""
    resumed: Checkpoint | None = None
    """The one that was there when it began."""


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """status.json."""

    state: JobState = "queued"
    reason: str = ""
    """A stable word of explain's table; empty while all is well."""
    message: str = ""
    """A sentence that says what to do."""
    attempt: int = 1
    """The attempt that is planned, runs or was the last; counted from 1."""
    started: float | None = None
    """Of the first attempt."""
    attempt_started: float | None = None
    ended: float | None = None
    replicas: tuple[ReplicaStatus, ...] = ()
    progress: Progress = Progress()
    metrics: dict[str, Any] = {}
    """The last value of each, as the leader reported it; the evaluator's are ``evaluator/NAME``."""
    model: str | None = None
    """``name@version`` once registered."""
    ending: Literal["", "stopped-by-user", "deadline"] = ""
    """Why the attempt is being stopped; written before it is, so that a crash does not forget."""
    displaced: int = 0
    """How many attempts the machine or the cluster has ended; they count as no retry."""
    fruitless: int = 0
    """How many of those in a row, up to now, that left no new checkpoint."""
    checkpoint: Checkpoint | None = None
    """The newest that is known; a next attempt goes on from it."""
    begun: int = 0
    """The last attempt of which it is known from where it went on."""
    resumed: Checkpoint | None = None
    """What that one went on from; None: it started from the beginning."""
    settled: bool = False
    """Nothing of the ended job is left on its backend."""
