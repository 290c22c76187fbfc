"""A job as it was asked for."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

RoleName = Literal["chief", "worker", "ps", "evaluator"]
Kind = Literal["notebook", "script"]


class Replica(msgspec.Struct, frozen=True, order=True):
    """One process of a job, named by its role and its index within the role."""

    role: RoleName
    index: int

    def __str__(self) -> str:
        """Write it as people and files do: ``worker-0``."""
        return f"{self.role}-{self.index}"


class Resources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each replica gets."""

    cpu: float
    """Cores, in tenths."""
    memory: int
    """Bytes."""
    gpu: int = 0


class JobSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to run: complete, validated, the same on every backend."""

    name: str
    entry: str
    """The notebook or script, a relative POSIX path inside the snapshot."""
    kind: Kind
    workers: int = 1
    chief: bool = False
    ps: int = 0
    evaluator: bool = False
    resources: Resources
    parameters: dict[str, Any] = {}
    env: dict[str, str] = {}
    secrets: tuple[str, ...] = ()
    """Names only; values lie in the job's secret file until its end state."""
    model: str
    """The name under which a model left by the leader is registered."""
    python: str | None = None
    """The interpreter, an absolute path on this machine (local backend)."""
    requirements: tuple[str, ...] = ()
    """What its environment was given beside what the interpreter below it has; sorted."""
    deadline: float | None = None
    """Seconds from the first start; None for no limit."""
    retries: int = 0
    """Further attempts after a failed one."""
    backend: str = "local"
    image: str | None = None
    """What the replicas' containers run in; None for the cluster's default (no local backend)."""
    volume: str | None = None
    """The claim on a volume that the replicas share, in place of the cluster's default."""
    rehearse: bool = False
    """Everything is only tried, in small, and nothing is registered."""

    @property
    def replicas(self) -> tuple[Replica, ...]:
        """List every replica, the leader first."""
        return (
            *((Replica("chief", 0),) if self.chief else ()),
            *(Replica("worker", i) for i in range(self.workers)),
            *(Replica("ps", i) for i in range(self.ps)),
            *((Replica("evaluator", 0),) if self.evaluator else ()),
        )

    @property
    def leader(self) -> Replica:
        """The replica whose success is the job's: the chief, else worker 0."""
        return self.replicas[0]
