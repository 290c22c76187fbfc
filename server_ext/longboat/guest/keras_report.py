"""Reports Keras ``fit`` without being asked: one callback in every fit's CallbackList.

Keras 3 and tf_keras make a CallbackList for each fit, evaluate and predict; only that of fit has
``add_history=True``.
"""

from __future__ import annotations

import functools
import inspect
import math
import time
from typing import Any, Callable, Dict, Optional

from longboat.guest import wire
from longboat.guest.hooks import after_import

Emit = Callable[..., None]

_EVERY = 0.5  # seconds at least between two reports inside an epoch
_MODULES = ("keras.src.callbacks.callback_list", "tf_keras.src.callbacks")


def install(emit: Emit) -> None:
    """Report every ``fit`` through ``emit(kind, **fields)`` once Keras is imported."""
    for name in _MODULES:
        after_import(name, lambda module: _attach(module, emit))


def _attach(module: Any, emit: Emit) -> None:
    reporter = _reporter_class(module.Callback)
    original = module.CallbackList.__init__
    parameters = inspect.signature(original)

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 # it stands for one
        original(self, *args, **kwargs)
        if parameters.bind(self, *args, **kwargs).arguments.get("add_history"):
            _append(self, reporter(FitReport(emit)))

    module.CallbackList.__init__ = __init__


def _append(callback_list: Any, callback: Any) -> None:
    callback.set_model(getattr(callback_list, "model", None))
    callback.set_params(getattr(callback_list, "params", {}))
    callback_list.callbacks.append(callback)
    # tf_keras passes over batch hooks when none of the first callbacks had any.
    if hasattr(callback_list, "_should_call_train_batch_hooks"):
        callback_list._should_call_train_batch_hooks = True


def _reporter_class(base: Any) -> Any:
    class LongboatReporter(base):  # type: ignore[misc]  # Keras is not there when this is checked
        # Else Keras would make everybody's batch callbacks synchronous.
        async_safe = True

        def __init__(self, report: FitReport) -> None:
            super().__init__()
            self._report = report

        def on_train_begin(self, logs: Any = None) -> None:
            self._report.begin(self.params or {})

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._report.epoch_begins(epoch)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self._report.batch_ends(batch, logs)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._report.epoch_ends(logs)

        def on_train_end(self, logs: Any = None) -> None:
            self._report.end()

    return LongboatReporter


class FitReport:
    """Turns one fit's callbacks into events; steps are counted over all its epochs."""

    def __init__(self, emit: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._emit, self._clock = emit, clock
        self._epochs: Optional[int] = None
        self._steps: Optional[int] = None
        self._start = self._done = 0
        self._last = -math.inf

    def begin(self, params: Dict[str, Any]) -> None:
        """Take what Keras knows: ``epochs``, and ``steps`` of one epoch (None for a generator)."""
        self._epochs, self._steps = params.get("epochs"), params.get("steps")

    def epoch_begins(self, epoch: int) -> None:
        """Go on where the epoch starts: a resumed fit does not begin with epoch 0."""
        if self._steps is not None:
            self._done = epoch * self._steps
        self._start = self._done

    def batch_ends(self, batch: int, logs: Any) -> None:
        """Count the steps up to ``batch`` (from 0); report about twice a second."""
        self._done = self._start + batch + 1
        if self._clock() - self._last >= _EVERY:
            self._report(logs)

    def epoch_ends(self, logs: Any) -> None:
        """Report the epoch's values, those of the validation among them."""
        if self._steps is None:
            self._steps = self._done - self._start
        self._report(logs)

    def end(self) -> None:
        """Say that all is done: an early stop leaves steps that never come."""
        self._emit(wire.PROGRESS, done=self._done, total=self._done, unit="step")

    def _report(self, logs: Any) -> None:
        self._last = self._clock()
        values = numbers(logs)
        if values:
            self._emit(wire.METRICS, step=self._done, values=values, source="fit")
        if self._steps and self._epochs:
            total = max(self._done, self._steps * self._epochs)
            self._emit(wire.PROGRESS, done=self._done, total=total, unit="step")


def numbers(logs: Any) -> Dict[str, Optional[float]]:
    """Keep what is a number; None stands for NaN and infinities, which JSON does not have."""
    values: Dict[str, Optional[float]] = {}
    for name, value in (logs or {}).items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        values[str(name)] = number if math.isfinite(number) else None
    return values
