"""A service as it was asked for: one model version that answers predictions."""

from __future__ import annotations

import msgspec

from longboat.spec.job import Resources

IDLE = Resources(cpu=0.1, memory=768 << 20)
"""What a service holds while it waits: TensorFlow with a small model needs about 600 MiB."""


class PredictorOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the predictor answers."""

    max_body: int = 32 << 20
    """Bytes of a request's body; more is refused with 413."""
    batch: bool = True
    """Answer requests that wait together in one call of the model. Wrong only for a model whose
    rows depend on one another."""
    threads: int = 0
    """TensorFlow's threads for one call; 0: one for a small model, else all cores."""
    request_timeout: float = 30.0
    """Seconds in which a whole request must have arrived."""


class ServiceSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to answer: complete, validated, the same on every backend."""

    name: str
    model: str
    version: int
    resources: Resources = IDLE
    options: PredictorOptions = PredictorOptions()
    python: str | None = None
    """The interpreter, an absolute path on this machine (local backend)."""
    backend: str = "local"
