"""supervisor.json: the facts of one attempt, whole at every moment, written by its supervisor."""

from __future__ import annotations

from pathlib import Path

import msgspec

from longboat.backends.base import ABSENT, Launch, Observation, Phase
from longboat.errors import Broken
from longboat.explain.cause import Cause
from longboat.records import codec
from longboat.records.status import FINAL, ReplicaState, ReplicaStatus
from longboat.spec.job import RoleName
from longboat.system.files import write_atomic
from longboat.system.identity import Identity


class ReplicaFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor knows of one replica."""

    role: RoleName
    index: int
    state: ReplicaState = "pending"
    port: int | None = None
    keeper: Identity | None = None
    process: Identity | None = None
    exit_code: int | None = None
    memory_peak: int | None = None

    @property
    def status(self) -> ReplicaStatus:
        """The part that is the same on every backend."""
        return ReplicaStatus(self.role, self.index, self.state, self.exit_code, self.memory_peak)


class AttemptFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor knows of its attempt, which begins when this is first written."""

    supervisor: Identity
    snapshot: str
    """Its address."""
    phase: Phase = "starting"
    replicas: tuple[ReplicaFacts, ...]
    cause: Cause | None = None
    started: float | None = None
    """When every replica was executed; seconds since the epoch."""
    ended: float | None = None
    cleaned: bool = False
    """Nothing of it is held any more but what belongs to the run directory."""

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self.phase in FINAL

    @property
    def observation(self) -> Observation:
        """What the backend says of it."""
        if self.cleaned:
            return ABSENT
        replicas = tuple(replica.status for replica in self.replicas)
        return Observation(self.phase, replicas, self.cause, self.started, self.ended)


def first_facts(launch: Launch, supervisor: Identity) -> AttemptFacts:
    """The facts before anything has happened."""
    replicas = (ReplicaFacts(role=each.role, index=each.index) for each in launch.spec.replicas)
    return AttemptFacts(supervisor=supervisor, snapshot=launch.snapshot, replicas=tuple(replicas))


def read_facts(path: Path) -> AttemptFacts | None:
    """Read them; None when the attempt has not begun. Raises Broken when the file is damaged."""
    try:
        return codec.decode(path.read_bytes(), AttemptFacts, path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Broken(f"{path} cannot be read ({error.strerror}).") from error


def write_facts(path: Path, facts: AttemptFacts) -> None:
    """Write them durably. Raises OSError; the old ones are then still there."""
    write_atomic(path, codec.encode(facts))
