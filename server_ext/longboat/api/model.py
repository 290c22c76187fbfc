"""A handle on one model version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from longboat.api.service import Service

if TYPE_CHECKING:
    from longboat.engine import Engine
    from longboat.models.store import ModelVersion


class Model:
    """An immutable version of a model."""

    def __init__(self, engine: Engine, version: ModelVersion) -> None:
        self._engine = engine
        self.record = version
        self.name = version.name
        self.version = version.version

    def __repr__(self) -> str:
        return f"<Model {self.name}@{self.version}>"

    @property
    def path(self) -> Path:
        """The SavedModel's folder."""
        return self.record.path

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON."""
        return self.record.to_dict()

    def lineage(self) -> dict[str, Any] | None:
        """What it was made from: the job's record and its receipt, also when the job has gone.

        None for a model made elsewhere. Raises Broken.
        """
        found = self._engine.models.lineage(self.record)
        return None if found is None else msgspec.to_builtins(found)

    def deploy(self, service: str | None = None, *, wait: bool = True) -> Service:
        """Serve it; an existing service of that name switches to it.

        With ``wait`` it returns once this version answers.
        """
        view = self._engine.services.deploy(self.name, self.version, service)
        self._engine.wake()
        handle = Service(self._engine, view.name)
        if wait:
            handle.wait()
        return handle
