"""A service's records: what is wanted (service.json) and what is so (status.json)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from longboat.predictor.control import Stats
from longboat.spec.service import ServiceSpec

ServiceState = Literal["starting", "running", "failed", "stopped"]

SWITCHING = "switching"
SWITCH_FAILED = "switch-failed"
LOAD_FAILED = "load-failed"
KEEPS_ENDING = "predictor-keeps-ending"


class ServiceIntent(msgspec.Struct, frozen=True, kw_only=True):
    """service.json; written by the faces."""

    spec: ServiceSpec
    target: Literal["run", "stopped"]
    generation: int
    """Grows with every change."""
    created: float
    """Seconds since the epoch."""


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """status.json; written by the steward alone."""

    generation: int = 0
    """Of the intent that this speaks of."""
    state: ServiceState = "starting"
    reason: str = ""
    """A stable word; empty while all is well."""
    message: str = ""
    settled: bool = False
    """Whether this intent has come to its end: the version answers, or it cannot."""
    serving: int | None = None
    """The version that answers."""
    url: str | None = None
    """``http://host:port``."""
    starts: int = 0
    """How often in a row a predictor was started and is no more."""
    retry_at: float = 0.0
    """Seconds since the epoch before which no other is started."""


class Service(msgspec.Struct, frozen=True):
    """A service as faces see it."""

    intent: ServiceIntent
    status: ServiceStatus
    stats: Stats
    token_file: Path

    @property
    def name(self) -> str:
        """The service's name."""
        return self.intent.spec.name

    @property
    def settled(self) -> bool:
        """Whether what is wanted has come to its end, good or bad."""
        return self.status.settled and self.status.generation == self.intent.generation

    @property
    def state(self) -> ServiceState:
        """How it is, in one word."""
        if self.intent.target == "stopped":
            return "stopped"
        known = self.status.generation == self.intent.generation
        return self.status.state if known or self.status.serving is not None else "starting"

    @property
    def url(self) -> str | None:
        """Where the model is; POST there or to ``<url>:predict``, GET ``<url>/metadata``."""
        base = self.status.url
        return f"{base}/v1/models/{self.intent.spec.model}" if base else None

    def to_dict(self) -> dict[str, Any]:
        """Give the stable JSON; latency in milliseconds."""
        spec, status, stats = self.intent.spec, self.status, self.stats
        return {
            "name": spec.name,
            "model": spec.model,
            "version": spec.version,
            "serving": status.serving,
            "state": self.state,
            "reason": status.reason,
            "message": status.message,
            "url": self.url,
            "token_file": str(self.token_file),
            "created": self.intent.created,
            "requests": stats.requests,
            "errors": stats.client_errors + stats.server_errors,
            "latency": {"p50": stats.p50, "p99": stats.p99},
        }
