"""Makes Keras train and evaluate one step: a rehearsal learns nothing, it tries.

What is predicted is not cut: code that follows counts on one row for each of its own.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Dict, Mapping

from longboat.guest.hooks import after_import

_CLASSES = {
    "keras.src.backend.tensorflow.trainer": "TensorFlowTrainer",
    "keras.src.backend.torch.trainer": "TorchTrainer",
    "keras.src.backend.jax.trainer": "JAXTrainer",
    "tf_keras.src.engine.training": "Model",
}
"""Module → the class whose ``fit`` and ``evaluate`` a model has."""


def install(shortened: Callable[[], None]) -> None:
    """Shorten them once Keras is imported; ``shortened()`` is called when one is."""
    for name, trainer in _CLASSES.items():
        after_import(name, functools.partial(_shorten, trainer=trainer, shortened=shortened))


def _shorten(module: Any, trainer: str, shortened: Callable[[], None]) -> None:
    kind = getattr(module, trainer)
    limits: Mapping[str, Callable[[Dict[str, Any]], Dict[str, Any]]] = {
        "fit": _of_fit,
        "evaluate": lambda _: {"steps": 1},
    }
    for name, limit in limits.items():
        setattr(kind, name, _limited(getattr(kind, name), limit, shortened))


def _of_fit(asked: Dict[str, Any]) -> Dict[str, Any]:
    """One epoch of one step, whichever comes next; validated by one step if at all."""
    first = int(asked.get("initial_epoch") or 0)
    limit = {"epochs": first + 1, "steps_per_epoch": 1}
    validates = asked.get("validation_data") is not None or bool(asked.get("validation_split"))
    return {**limit, "validation_steps": 1} if validates else limit


def _limited(
    method: Callable[..., Any],
    limit: Callable[[Dict[str, Any]], Dict[str, Any]],
    shortened: Callable[[], None],
) -> Callable[..., Any]:
    parameters = inspect.signature(method)

    @functools.wraps(method)
    def short(*args: Any, **kwargs: Any) -> Any:
        shortened()
        bound = parameters.bind(*args, **kwargs)
        bound.arguments.update(limit(bound.arguments))
        return method(*bound.args, **bound.kwargs)

    return short
