"""Where a carrier runs its replica, and what it tells it: folders and environment."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from typing import Dict, Mapping, Tuple

from longboat.guest import copies, luggage, wire
from longboat.guest import order as orders
from longboat.guest.order import Order
from longboat.guest.unpacking import unpack

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
"""How many threads compute one operation; where nothing is set, the libraries take one for each
core of the node. TensorFlow's inter-op threads are left alone: collective operations wait for each
other and need their own."""
_NOT_FOR_THE_CHILD = frozenset(
    {"TF_CONFIG", orders.ROLE_NAME, *orders.INDEX_VARIABLES, copies.FOLDER, copies.POD}
)
"""Operators inject a TF_CONFIG of their own; the guest makes the right one."""


class Folders:
    """A replica's folder, as the host's run directory has it."""

    def __init__(self, run: str, environ: Mapping[str, str]) -> None:
        self.replica = run
        self.work = os.path.join(run, "work")
        self.model = os.path.join(run, "model")
        self.events = os.path.join(run, "events.jsonl")
        self.status = os.path.join(run, "status.json")
        self.output = os.path.join(run, "output.ipynb")
        # The pod's template sets it where a volume is shared by all attempts.
        shared = environ.get(wire.CHECKPOINT_DIR)
        self.checkpoints = shared or os.path.join(run, "checkpoints")
        self.checkpoints_lost = not shared

    def prepare(self, job: str, code: str = "") -> None:
        """Make the folders, with the packed snapshot in the working folder.

        It is in the folder ``job``, or on the volume under the digest ``code``.
        What a container left that ran here before is replaced. Raises what ``unpack`` raises.
        """
        for file in (self.events, self.status, self.output):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file)
        shutil.rmtree(self.model, ignore_errors=True)
        parts = [luggage.check(copies.VOLUME, code)] if code else orders.parts(job)
        if parts:
            shutil.rmtree(self.work, ignore_errors=True)
        for folder in (self.work, self.model, self.checkpoints):
            os.makedirs(folder, exist_ok=True)
        if parts:
            unpack(parts, self.work)


def environment(order: Order, folders: Folders, environ: Mapping[str, str]) -> Dict[str, str]:
    """Put together what the replica sees: ``environ`` is what the container was given."""
    kept = {name: value for name, value in environ.items() if name not in _NOT_FOR_THE_CHILD}
    threads = str(max(1, round(order.cpu)))
    return {
        # Prints of child processes, too, are to be in the log when they are made.
        "PYTHONUNBUFFERED": "1",
        **dict.fromkeys(_THREADS, threads),
        **kept,
        **order.environment,
        **_told(order, folders, environ),
    }


def replica(environ: Mapping[str, str]) -> Tuple[str, str]:
    """Tell which replica this is: role and index."""
    index = next((environ[name] for name in orders.INDEX_VARIABLES if environ.get(name)), "0")
    return environ.get(orders.ROLE_NAME) or "worker", index


def _told(order: Order, folders: Folders, environ: Mapping[str, str]) -> Dict[str, str]:
    return {
        wire.JOB_ID: order.job,
        wire.JOB_NAME: order.name,
        wire.ATTEMPT: str(order.attempt),
        wire.ROLE: ":".join(replica(environ)),
        wire.CLUSTER: json.dumps(order.cluster),
        wire.REPLICA_DIR: folders.replica,
        wire.MODEL_DIR: folders.model,
        wire.CHECKPOINT_DIR: folders.checkpoints,
        wire.CHECKPOINTS_LOST: str(int(folders.checkpoints_lost)),
        wire.PARAMETERS: json.dumps(order.parameters),
    }
