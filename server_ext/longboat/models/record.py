"""What is known of a model version: model.json, beside its saved_model.pb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from longboat.records.status import JobRecord
from longboat.spec.signature import Signature


class ModelFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model comes from, as far as whoever registers it knows."""

    created: float
    """Seconds since the epoch."""
    job: str | None = None
    """None for a model made outside Longboat."""
    attempt: int | None = None
    snapshot: str | None = None
    """Address of what the job ran."""
    metrics: dict[str, Any] = {}
    """The last value of each."""
    python: str | None = None
    """The interpreter of the job, an absolute path on its machine."""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """lineage.json: what there is to say later of the job that made a model, should that go.

    Written before the version appears, never changed.
    """

    job: JobRecord
    receipt: dict[str, Any]


class ModelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """model.json; written before the version appears, never changed."""

    name: str
    version: int
    signatures: dict[str, Signature]
    """Every way to call it, by signature name."""
    size: int
    """Bytes of all its files."""
    facts: ModelFacts


class ModelVersion(msgspec.Struct, frozen=True):
    """One immutable version, and where it lies."""

    record: ModelRecord
    path: Path
    """The SavedModel's folder."""

    @property
    def name(self) -> str:
        """The model's name."""
        return self.record.name

    @property
    def version(self) -> int:
        """Counted from 1."""
        return self.record.version

    @property
    def signature(self) -> Signature:
        """The signature that a request without ``signature_name`` means."""
        signatures = self.record.signatures
        return signatures.get("serving_default") or next(iter(signatures.values()))

    def to_dict(self) -> dict[str, Any]:
        """Give the stable JSON: name, version, created, job, attempt, snapshot, metrics, …"""
        facts: dict[str, Any] = msgspec.to_builtins(self.record.facts)
        return {
            "name": self.name,
            "version": self.version,
            **facts,
            "signature": msgspec.to_builtins(self.signature),
            "size": self.record.size,
            "path": str(self.path),
        }
