"""Requests that wait together are answered in one call of the model.

Adaptive: nothing ever waits for a batch to fill. While the model runs, requests gather in the
sockets; when it is done all of them are read, and the next call takes them together. It runs on the
event loop's own thread: for a small model, handing over to another thread costs more than the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from longboat.errors import Broken, LongboatError
from longboat.predictor.inputs import Call
from longboat.predictor.model import LoadedModel

log = logging.getLogger(__name__)

MAX_ROWS = 128
"""Of one batch, to bound how long the last to come makes the first wait."""

Outcome: TypeAlias = list[np.ndarray] | LongboatError


class Waiting(NamedTuple):
    """A call and whom to tell."""

    call: Call
    done: Callable[[Outcome], None]


class Batcher:
    """Gathers what arrives in one turn of the event loop."""

    def __init__(self, model: LoadedModel, loop: asyncio.AbstractEventLoop, *, batch: bool) -> None:
        self._model = model
        self._loop = loop
        self._batch = batch
        self._waiting: list[Waiting] = []

    def submit(self, call: Call, done: Callable[[Outcome], None]) -> None:
        """Answer ``call`` soon: ``done`` gets the outputs, or the error."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(Waiting(call, done))

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for group in groups(waiting, self._batch):
            if len(group) == 1 or not self._together(group):
                for one in group:
                    one.done(self._run(one.call.signature, one.call.tensors))

    def _run(self, signature: str, tensors: list[np.ndarray]) -> Outcome:
        try:
            return self._model.run(signature, tensors)
        except LongboatError as error:
            return error
        except Exception as error:
            # Whoever waits is answered whatever TensorFlow's bindings raise.
            log.exception("The model could not be called")
            return Broken(f"The model failed: {type(error).__name__}.")

    def _together(self, group: list[Waiting]) -> bool:
        """Answer the whole group; False when that cannot be done, and nobody was answered.

        One bad request would fail all, so a failed batch is tried again one by one. An output that
        has no row for each row that went in shows a model that must not be batched.
        """
        calls = [waiting.call for waiting in group]
        columns = zip(*(call.tensors for call in calls), strict=True)
        outcome = self._run(calls[0].signature, [np.concatenate(column) for column in columns])
        if isinstance(outcome, LongboatError):
            return False
        ends = np.cumsum([call.rows for call in calls]).tolist()
        if any(array.ndim == 0 or array.shape[0] != ends[-1] for array in outcome):
            self._batch = False
            return False
        for waiting, start, end in zip(group, [0, *ends], ends, strict=False):
            waiting.done([array[start:end] for array in outcome])
        return True


def groups(waiting: list[Waiting], batch: bool) -> list[list[Waiting]]:
    """Sort calls into groups that one call of the model can answer, in order of arrival."""
    found: list[list[Waiting]] = []
    open_groups: dict[object, list[Waiting]] = {}
    for one in waiting:
        rows = one.call.rows
        key = (one.call.signature, tuple(tensor.shape[1:] for tensor in one.call.tensors))
        group = open_groups.get(key)
        if not batch or rows is None:
            found.append([one])
        elif group is None or sum(w.call.rows or 0 for w in group) + rows > MAX_ROWS:
            open_groups[key] = [one]
            found.append(open_groups[key])
        else:
            group.append(one)
    return found
