"""What a notebook or script calls, in a job and interactively alike.

    import longboat
    p = longboat.params(lr=0.1, epochs=3)
    longboat.report(step=1, loss=0.5)
    model.export(longboat.model_dir())

Interactively the same calls give the defaults, folders under ``.longboat/`` beside the notebook,
and print nothing.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from typing import Any, Deque, Dict, List, Mapping, Optional, Set, Tuple

from longboat.guest import context, wire
from longboat.guest.values import Params, number, replace

__all__ = ["checkpoint_dir", "cluster", "inside", "model_dir", "params", "report"]

_FOLDER = ".longboat"

asked: Set[str] = set()
"""Names of the parameters that the code has asked for."""
reported: Deque[Dict[str, float]] = deque(maxlen=10_000)
"""What was reported in this process, so that it can be looked at interactively."""
_throw_away: Dict[str, str] = {}
"""Folders of this process that go when it ends."""


@dataclass(frozen=True)
class Cluster:
    """Where this process stands among its peers."""

    role: str
    """"chief", "worker", "ps" or "evaluator"."""
    index: int
    """Within the role."""
    size: int
    """How many train: the chief, if there is one, and the workers."""
    is_leader: bool
    """Whether this one's model is the job's."""
    addresses: Mapping[str, List[str]]
    """Role → ``host:port`` by index; empty for a process on its own."""


def inside() -> bool:
    """Tell whether this runs inside a job."""
    return wire.ROLE in os.environ


def params(**defaults: Any) -> Params:
    """Take the job's parameters, with these defaults where it gives none.

    The result has each as an attribute and as an item (``p.lr``, ``p["lr"]``, ``**p``); a value
    takes its default's type. Raises ValueError where it cannot.
    """
    given = context.read().parameters
    asked.update(defaults)
    return Params(
        {name: replace(name, default, given) for name, default in defaults.items()},
    )


def report(
    step: Optional[int] = None,
    *,
    total: Optional[int] = None,
    progress: Optional[Tuple[float, float]] = None,
    **values: Any,
) -> None:
    """Report metrics at ``step``, and how far the work is: ``total`` steps, or (done, total).

    Values are numbers, also those of NumPy and TensorFlow. Raises ValueError for anything else.
    """
    metrics = {name: number(name, value) for name, value in values.items()}
    at = None if step is None else int(step)
    if progress is None and step is not None and total is not None:
        progress = (step, total)
    here = context.read()
    if metrics:
        reported.append(metrics if at is None else {"step": at, **metrics})
        here.emit(wire.METRICS, step=at, values=metrics, source="report")
    if progress is not None:
        done, of = (number("progress", part) for part in progress)
        here.emit(wire.PROGRESS, done=done, total=of, unit="step")


def model_dir() -> str:
    """Give the folder to export the model to.

    What the leader leaves there becomes the job's model; other replicas get a folder that is thrown
    away, so that the same line is right everywhere.
    """
    here = context.read()
    if not here.is_leader:
        return _discarded("model")
    return _made(here.model_dir or os.path.join(_FOLDER, "model"))


def checkpoint_dir() -> str:
    """Give the folder for checkpoints, which a retried job finds as they were.

    The leader (and an evaluator, which reads) gets the job's own. Other replicas get a copy of it
    that is thrown away: they resume from the same state and never write to the same files.
    """
    here = context.read()
    kept = here.checkpoint_dir or os.path.join(_FOLDER, "checkpoints")
    if here.is_leader or here.role == "evaluator":
        return _made(kept)
    return _discarded("checkpoints", copy_of=kept)


def cluster() -> Cluster:
    """Tell where this process stands among its peers; interactively it is worker 0 of 1."""
    here = context.read()
    training = [*here.cluster.get("chief", ()), *here.cluster.get("worker", ())]
    return Cluster(here.role, here.index, max(1, len(training)), here.is_leader, here.cluster)


def _made(folder: str) -> str:
    path = os.path.abspath(folder)
    os.makedirs(path, exist_ok=True)
    return path


def _discarded(name: str, copy_of: Optional[str] = None) -> str:
    if name not in _throw_away:
        root = tempfile.mkdtemp(prefix="longboat-")
        atexit.register(_remove, root, os.getpid())
        _throw_away[name] = os.path.join(root, name)
        if copy_of is not None and os.path.isdir(copy_of):
            shutil.copytree(copy_of, _throw_away[name])
    return _made(_throw_away[name])


def _remove(root: str, owner: int) -> None:
    # A forked child inherits this duty, but not the folder.
    if os.getpid() == owner:
        shutil.rmtree(root, ignore_errors=True)
