"""What a model takes and gives; written beside a model by whoever has it loaded."""

from __future__ import annotations

import msgspec


class TensorSpec(msgspec.Struct, frozen=True):
    """One named input or output."""

    dtype: str
    """As numpy names it (``float32``), or ``string``."""
    shape: tuple[int | None, ...] | None
    """None for a dimension that is open (the batch); None as a whole when the rank is open too."""

    def __str__(self) -> str:
        """Write it as a sentence does: ``float32 of shape (any, 8, 8, 1)``."""
        return f"{self.dtype} of shape {shape_text(self.shape)}"


def shape_text(shape: tuple[int | None, ...] | None) -> str:
    """Write a shape for a person."""
    if shape is None:
        return "(any rank)"
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One way to call a model."""

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    signature_name: str = "serving_default"
    method: str = "tensorflow/serving/predict"
    tensorflow: str = ""
    """The version that wrote it; empty when unknown."""
