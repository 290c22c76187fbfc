"""Say what an interpreter has; run inside it, so standard library only and Python 3.9 syntax.

Prints a JSON object before TensorFlow is imported and again after it: an import that kills the
process leaves the first.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import json
import os
import sys


def _version(*names: str) -> str | None:
    """The version of the first of these distributions that is installed; None when none is."""
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _import_error() -> str:
    """Import TensorFlow; the error as text, or an empty text."""
    try:
        import tensorflow  # noqa: F401  only whether it can be
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _keras_sources() -> dict[str, str]:
    """Digests of the two functions of Keras that the guest mends (guest/keras_mend.py)."""
    try:
        from keras.src.backend.tensorflow import trainer

        functions = {
            "_maybe_symbolic_build": trainer.TensorFlowTrainer._maybe_symbolic_build,
            "reduce_per_replica": trainer.reduce_per_replica,
        }
        return {
            name: hashlib.sha256(inspect.getsource(function).strip().encode()).hexdigest()[:10]
            for name, function in functions.items()
        }
    except Exception:  # another version of Keras may lack any of it
        return {}


def main() -> None:
    """Print what there is."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    seen: dict[str, object] = {
        "python": list(sys.version_info[:3]),
        "tensorflow": _version(
            "tensorflow", "tensorflow-cpu", "tensorflow-intel", "tf-nightly", "tensorflow-macos"
        ),
        "keras": _version("keras", "keras-nightly"),
        "ipython": _version("ipython"),
        "import_error": "the import ended the process",
        "keras_sources": {},
    }
    print(json.dumps(seen), flush=True)
    seen["import_error"] = _import_error() if seen["tensorflow"] else ""
    if seen["keras"] and seen["tensorflow"] and not seen["import_error"]:
        seen["keras_sources"] = _keras_sources()
    print()
    print(json.dumps(seen), flush=True)


main()
