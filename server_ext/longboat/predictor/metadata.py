"""What the API tells of a model, in the words of TensorFlow Serving's protocol buffers as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longboat.spec.signature import Signature, TensorSpec

ENUM = {
    "float32": "DT_FLOAT",
    "float64": "DT_DOUBLE",
    "float16": "DT_HALF",
    "bool": "DT_BOOL",
}
"""Names of types.proto that are not ``DT_`` and numpy's name."""


def status(version: int) -> dict[str, Any]:
    """Say that this version can be asked; one that cannot does not answer at all."""
    return {
        "model_version_status": [
            {
                "version": str(version),
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }


def metadata(model: str, version: int, signatures: Mapping[str, Signature]) -> dict[str, Any]:
    """Describe every signature."""
    definitions = {name: _definition(signature) for name, signature in signatures.items()}
    return {
        "model_spec": {"name": model, "signature_name": "", "version": str(version)},
        "metadata": {"signature_def": {"signature_def": definitions}},
    }


def _definition(signature: Signature) -> dict[str, Any]:
    return {
        "inputs": {name: _tensor(name, spec) for name, spec in signature.inputs.items()},
        "outputs": {name: _tensor(name, spec) for name, spec in signature.outputs.items()},
        "method_name": signature.method,
    }


def _tensor(name: str, spec: TensorSpec) -> dict[str, Any]:
    dimensions = [
        {"size": "-1" if size is None else str(size), "name": ""} for size in spec.shape or ()
    ]
    return {
        "name": name,
        "dtype": ENUM.get(spec.dtype, f"DT_{spec.dtype.upper()}"),
        "tensor_shape": {"dim": dimensions, "unknown_rank": spec.shape is None},
    }
