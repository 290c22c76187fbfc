"""Lets Keras 3 ``fit`` run under MultiWorkerMirroredStrategy.

Stock Keras reduces per-replica values along a batch axis that scalars do not have, and builds the
model from a value it cannot convert ("Attempt to convert a value (PerReplica…)", "Invalid reduction
dimension 0"). Two functions of ``keras.src.backend.tensorflow.trainer`` are replaced, only where
their source is one that was tested, and they act only under a multi-worker all-reduce strategy:
everybody else gets Keras as it is.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from types import ModuleType
from typing import Any, Callable, Dict

from longboat.guest.hooks import after_import

TESTED_VERSIONS = "3.12.0 to 3.15.1"
TESTED_SOURCES = {
    "_maybe_symbolic_build": frozenset({"d5301f7a56"}),
    "reduce_per_replica": frozenset({"94857c5856"}),
}
"""First ten hex digits of the SHA-256 of each function's source."""

Warn = Callable[[str], None]


def install(warn: Warn) -> None:
    """Mend Keras once it is imported; ``warn`` gets a sentence where something was changed."""
    after_import("keras.src.backend.tensorflow.trainer", lambda module: _mend(module, warn))
    after_import("keras.src.layers.normalization.batch_normalization", _average_statistics)


def _mend(trainer: ModuleType, warn: Warn) -> None:
    tested = source_is_tested(trainer)
    if tested:
        _mend_build(trainer)
        _mend_reduction(trainer)
    _guard_compile(trainer, warn, tested)


def source_is_tested(trainer: ModuleType) -> bool:
    """Tell whether both functions are ones this module was tested with."""
    functions = {
        "_maybe_symbolic_build": getattr(trainer.TensorFlowTrainer, "_maybe_symbolic_build", None),
        "reduce_per_replica": getattr(trainer, "reduce_per_replica", None),
    }
    return all(_digest(functions[name]) in known for name, known in TESTED_SOURCES.items())


def _digest(function: Any) -> str:
    try:
        source = inspect.getsource(function).strip()
    except (OSError, TypeError):
        return ""
    return hashlib.sha256(source.encode()).hexdigest()[:10]


def _mend_build(trainer: Any) -> None:
    original = trainer.TensorFlowTrainer._maybe_symbolic_build

    @functools.wraps(original)
    def _maybe_symbolic_build(self: Any, iterator: Any = None, data_batch: Any = None) -> None:
        strategy = self._distribute_strategy
        if iterator is None or not trainer._collective_all_reduce_multi_worker(strategy):
            original(self, iterator=iterator, data_batch=data_batch)
            return
        # Shapes and dtypes are all that building needs: one replica's batch has them.
        for _, _, batches in iterator:
            data_batch = trainer.tree.map_structure(
                lambda value: strategy.experimental_local_results(value)[0], next(batches)
            )
            break
        with strategy.scope():
            self._symbolic_build(data_batch=data_batch)

    trainer.TensorFlowTrainer._maybe_symbolic_build = _maybe_symbolic_build


def _mend_reduction(trainer: Any) -> None:
    original = trainer.reduce_per_replica

    @functools.wraps(original)
    def reduce_per_replica(values: Any, strategy: Any, reduction: str) -> Any:
        multi_worker = trainer._collective_all_reduce_multi_worker(strategy)
        if not multi_worker or reduction not in ("auto", "mean"):
            return original(values, strategy, reduction)
        # The values are scalars per replica: no axis of their own to reduce.
        return trainer.tree.map_structure(
            lambda value: strategy.reduce("MEAN", value, axis=None), values
        )

    trainer.reduce_per_replica = reduce_per_replica


def _guard_compile(trainer: Any, warn: Warn, tested: bool) -> None:
    # On the base class: Keras compares `type(model).compile` with it to find overridden ones.
    base = trainer.base_trainer.Trainer
    original = base.compile
    parameters = inspect.signature(original)

    @functools.wraps(original)
    def compile(self: Any, *args: Any, **kwargs: Any) -> Any:
        strategy = getattr(self, "_distribute_strategy", None)
        if not trainer._collective_all_reduce_multi_worker(strategy):
            return original(self, *args, **kwargs)
        if not tested:
            _warn_untested(warn)
        bound = parameters.bind(self, *args, **kwargs)
        bound.arguments.update(_without_what_fails(bound.arguments, warn))
        return original(*bound.args, **bound.kwargs)

    base.compile = compile


def _without_what_fails(arguments: Dict[str, Any], warn: Warn) -> Dict[str, Any]:
    """Choose what ``compile`` gets in place of options that raise under the strategy."""
    if arguments.get("steps_per_execution", 1) != 1:
        warn(
            "Keras cannot run several steps per execution under MultiWorkerMirroredStrategy:"
            " compile(steps_per_execution=1) is used instead."
        )
    if arguments.get("jit_compile", "auto") is True:
        warn(
            "Keras cannot use XLA under MultiWorkerMirroredStrategy:"
            " compile(jit_compile=False) is used instead."
        )
    # "auto" would choose XLA on a GPU; without a word, because nobody asked for it.
    return {"steps_per_execution": 1, "jit_compile": False}


def _warn_untested(warn: Warn) -> None:
    version = getattr(sys.modules.get("keras"), "__version__", "of unknown version")
    warn(
        f"Keras {version} is not one that was tested with MultiWorkerMirroredStrategy: fit may"
        f" fail. Tested are {TESTED_VERSIONS}; a custom training loop works with any."
    )


def _average_statistics(module: Any) -> None:
    """Average BatchNormalization's moving statistics over the workers.

    Keras leaves them each worker's own, so that which worker exports decides what is served.
    """
    layer = module.BatchNormalization
    original = layer.add_weight
    if "aggregation" not in inspect.signature(original).parameters:
        return

    @functools.wraps(original)
    def add_weight(self: Any, *args: Any, **kwargs: Any) -> Any:
        if str(kwargs.get("name", "")).startswith("moving_") and _in_multi_worker_scope():
            kwargs.setdefault("aggregation", "mean")
        return original(self, *args, **kwargs)

    layer.add_weight = add_weight


def _in_multi_worker_scope() -> bool:
    trainer: Any = sys.modules.get("keras.src.backend.tensorflow.trainer")
    tensorflow: Any = sys.modules.get("tensorflow")
    if trainer is None or tensorflow is None:
        return False
    return bool(trainer._collective_all_reduce_multi_worker(tensorflow.distribute.get_strategy()))
