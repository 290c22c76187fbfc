"""A loaded SavedModel; the only module that knows TensorFlow.

It is run by a session, as TensorFlow Serving does: that takes SavedModels of TensorFlow 1 as well,
and a call costs a third less than one of a restored function.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from longboat.errors import BadInput, Broken
from longboat.spec.savedmodel import DEFAULT_SIGNATURE, Endpoint, read_endpoints
from longboat.spec.signature import Signature

_HEADING = re.compile(r"Graph execution error|Detected at node|<stack trace|\s|$")
"""What TensorFlow puts above the line that says what was wrong."""
SMALL = 64 << 20
"""Bytes of variables under which one thread answers sooner than many."""


class LoadedModel:
    """Answers calls, one at a time."""

    def __init__(self, path: Path, threads: int) -> None:
        """Load it; raises BadInput or whatever TensorFlow raises about a model it cannot load."""
        self._endpoints = read_endpoints(path)
        self.signatures: dict[str, Signature] = {
            name: endpoint.signature for name, endpoint in self._endpoints.items()
        }
        self.default = (
            DEFAULT_SIGNATURE
            if DEFAULT_SIGNATURE in self.signatures
            else next(iter(self.signatures))
        )
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
        import tensorflow as tf

        self._refusals = (tf.errors.InvalidArgumentError, tf.errors.OutOfRangeError)
        self._error = tf.errors.OpError
        session = _load(tf, path, threads or _default_threads(path))
        self._calls: dict[str, Callable[..., list[np.ndarray]]] = {
            name: _callable(session, endpoint) for name, endpoint in self._endpoints.items()
        }

    def run(self, signature: str, tensors: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Call the model; inputs and outputs in the signature's order.

        Raises BadInput when the model itself refuses the values, Broken for any other failure.
        """
        try:
            return self._calls[signature](*tensors)
        except self._refusals as error:
            raise BadInput.of("model", f"It refused these values: {essence(error)}") from None
        except self._error as error:
            raise Broken(f"The model failed: {essence(error)}") from error
        except UnicodeDecodeError:
            # TensorFlow quotes the caller's bytes in its error, and then cannot make it.
            raise BadInput.of("model", "It refused these values, which are not UTF-8.") from None

    def warm(self) -> None:
        """Call every signature once with a batch of one, where the other dimensions are known.

        A model may dislike zeros, so its refusal says nothing; what is loaded is then frozen, or
        the first full garbage collection over TensorFlow's objects would take 150 ms.
        """
        for name, signature in self.signatures.items():
            try:
                self.run(
                    name, [_zeros(spec.shape, spec.dtype) for spec in signature.inputs.values()]
                )
            except (BadInput, Broken, TypeError):
                continue
        gc.collect()
        gc.freeze()


def _load(tf: Any, path: Path, threads: int) -> Any:
    """Open a session with the model in it; ``tf`` is the module, which has no types."""
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads
    )
    config.gpu_options.allow_growth = True
    session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
    with session.graph.as_default():
        tf.compat.v1.saved_model.load(session, ["serve"], str(path))
    return session


def _callable(session: Any, endpoint: Endpoint) -> Callable[..., list[np.ndarray]]:
    signature, tensors = endpoint
    fetches = [tensors[f"out:{name}"] for name in signature.outputs]
    feeds = [tensors[f"in:{name}"] for name in signature.inputs]
    with session.graph.as_default():
        call: Callable[..., list[np.ndarray]] = session.make_callable(fetches, feeds)
    return call


def _zeros(shape: tuple[int | None, ...] | None, dtype: str) -> np.ndarray:
    """One row of nothing; raises TypeError where the shape does not tell what that is."""
    if shape is None or None in shape[1:] or dtype.startswith("unsupported"):
        raise TypeError("open shape")
    sizes = [1 if size is None else size for size in shape]
    if dtype == "string":
        return np.full(sizes, b"", dtype=object)
    return np.zeros(sizes, dtype=dtype)


def _default_threads(path: Path) -> int:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return 1 if size < SMALL else len(os.sched_getaffinity(0))


def essence(error: BaseException) -> str:
    """The part of TensorFlow's message that is about the caller: the rest describes its graph."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return next((line for line in lines if not _HEADING.match(line)), lines[0])[:300]
