"""cluster.json: the facts of one attempt on a cluster, whole at every moment.

The starter writes them until the API server has accepted the attempt, the courier from then on.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from longboat.backends.base import ABSENT, Observation, Phase
from longboat.backends.verdict import End, Request
from longboat.errors import Unavailable
from longboat.explain.cause import Cause
from longboat.records import codec
from longboat.records.status import FINAL, ReplicaStatus
from longboat.spec.cluster import Engine
from longboat.system.files import write_atomic


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt may have on the cluster: enough to delete it."""

    name: str
    engine: Engine
    secrets: int
    namespace: str


class ClusterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an attempt."""

    name: str
    """Of all its objects."""
    engine: Engine
    nonce: str
    """Marks the guest's own records in the output of its replicas."""
    secrets: int = 1
    """How many it has at most; nobody may list them."""
    memory: int
    """Bytes that each replica may use."""
    volume: str | None = None
    """The claim on the volume with the copies of its replicas' streams; None for no copies."""
    image: str = ""
    """What its replicas run in."""
    cluster: str = ""
    """What the cluster to which it was sent is known by (Access.identity)."""
    namespace: str = ""
    """Where its objects are."""
    rehearsal: bool = False
    """The job is tried only: its evaluator waits for no later checkpoint."""
    queued: bool = False
    """A queue of the cluster's decides when it is let go."""
    accepted: bool = False
    """The API server has all objects; before that, the attempt may be begun anew."""
    suspended: bool = False
    """It has given back what it held, because there was no room for all replicas."""
    phase: Phase = "starting"
    replicas: tuple[ReplicaStatus, ...]
    pods: dict[str, str] = {}
    """The UID of the pod that is each replica: one that takes its place is another."""
    ends: tuple[End, ...] = ()
    """How replicas have ended."""
    fetches: dict[str, float] = {}
    """Replicas of which it was found, then, that they have ended, and that not all had come."""
    request: Request | None = None
    """Why it is to end; written before anything is ended."""
    told_to_end: float | None = None
    """When the cluster was told to end all of its pods; written before it is."""
    cause: Cause | None = None
    started: float | None = None
    """When every replica was executed; seconds since the epoch."""
    ended: float | None = None
    cleaned: bool = False
    """Nothing of it is on the cluster any more."""

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self.phase in FINAL

    @property
    def live(self) -> bool:
        """Whether the courier has anything to do for it."""
        return self.accepted and not self.final

    @property
    def sent(self) -> Sent:
        """What there may be of it."""
        return Sent(
            name=self.name, engine=self.engine, secrets=self.secrets, namespace=self.namespace
        )

    @property
    def observation(self) -> Observation:
        """What the backend says of it."""
        if self.cleaned or not self.accepted:
            return ABSENT
        return Observation(self.phase, self.replicas, self.cause, self.started, self.ended)


def read_facts(path: Path) -> ClusterFacts | None:
    """Read them; None when the attempt has not begun.

    Raises Broken when the file is damaged, Unavailable when it cannot be read now.
    """
    try:
        return codec.decode(path.read_bytes(), ClusterFacts, path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read ({error.strerror}).") from error


def write_facts(path: Path, facts: ClusterFacts) -> None:
    """Write them durably. Raises OSError; the old ones are then still there."""
    write_atomic(path, codec.encode(facts))
