"""What takes how much in a home, as faces show it; sizes are bytes on the disk."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["snapshots", "logs", "files", "models", "services", "records", "rest"]


class Part(msgspec.Struct, frozen=True):
    """All that a home holds of one kind."""

    kind: Kind
    """``files``: what jobs wrote, and the notebooks as executed; ``records``: what Longboat wrote
    down about jobs; ``rest``: the index, zipapps, logs of Longboat itself."""
    size: int


class JobUsage(msgspec.Struct, frozen=True, kw_only=True):
    """One job's run directory."""

    id: str
    name: str = ""
    """Empty, like the state, when the job's record cannot be read."""
    state: str = ""
    ended: float | None = None
    """Seconds since the epoch."""
    snapshot: str | None = None
    """The address of what it ran."""
    logs: int = 0
    files: int = 0
    records: int = 0

    @property
    def size(self) -> int:
        """All of it, the snapshot left out."""
        return self.logs + self.files + self.records


class SnapshotUsage(msgspec.Struct, frozen=True):
    """One snapshot, and who needs it."""

    address: str
    size: int
    alone: int
    """Of that, what no other snapshot holds: it becomes free when this one goes."""
    jobs: tuple[str, ...]
    """Ids."""
    models: tuple[str, ...]
    """``name@version``."""


class Named(msgspec.Struct, frozen=True):
    """A model version or a service."""

    name: str
    size: int


class Freeable(msgspec.Struct, frozen=True):
    """What a command would give back."""

    size: int
    what: str
    command: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """A home; every list has the biggest first."""

    home: str
    size: int
    parts: tuple[Part, ...]
    jobs: tuple[JobUsage, ...]
    snapshots: tuple[SnapshotUsage, ...]
    models: tuple[Named, ...]
    services: tuple[Named, ...]
    freeable: tuple[Freeable, ...]
    obstacle: str = ""
    """A sentence: why it cannot be said which snapshots nobody needs."""
