"""Which checkpoint there is to go on from: what the leader finds, and what it writes from then on.

The folder is watched, as notebooks write checkpoints by whatever means they like.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import threading
import time
from typing import NamedTuple, Optional

from longboat.guest import wire
from longboat.guest.context import Context

_EVERY = 2.0  # seconds between two looks
_SHARE = 20  # and at most one part in so many of the time goes into looking
_LAST = 2.0  # seconds at most that the end waits for the last look
_METADATA = "training_metadata.json"
_LONGEST = 1 << 16


class Found(NamedTuple):
    """A checkpoint, by its newest file."""

    written: float
    """Seconds since the epoch."""
    path: str
    """Relative to the folder, with ``/``."""
    epoch: Optional[int]
    """How many epochs it holds, where Keras' BackupAndRestore says so beside it."""


def watch(here: Context) -> None:
    """Tell of the job's checkpoints until the end, if this replica leads."""
    if here.is_leader and here.checkpoint_dir and here.replica_dir:
        Watch(here, here.checkpoint_dir).begin()


class Watch:
    """Tells what is newest in ``folder``, each time that it is another."""

    def __init__(self, here: Context, folder: str) -> None:
        self._here, self._folder = here, folder
        self._told: Optional[Found] = None
        self._owner = os.getpid()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="longboat-checkpoints")
        self._thread.daemon = True

    def begin(self) -> None:
        """Look now, now and then, and once more at the end of the process."""
        self._told = newest(self._folder)
        # A first attempt that finds nothing begins as everybody expects.
        if self._told is not None or self._here.attempt > 1:
            self._tell(self._told, found=True)
        self._thread.start()
        atexit.register(self._end)

    def look(self) -> None:
        """Tell of a checkpoint that has come, or that there is none any more."""
        now = newest(self._folder)
        if now != self._told:
            self._told = now
            self._tell(now, found=False)

    def _watch(self) -> None:
        took = 0.0
        while not self._over.wait(max(_EVERY, _SHARE * took)):
            started = time.monotonic()
            self.look()
            took = time.monotonic() - started
        self.look()

    def _end(self) -> None:
        if os.getpid() == self._owner:  # a forked child's end is not the replica's
            self._over.set()
            # A volume that does not answer holds up nobody's end.
            self._thread.join(_LAST)

    def _tell(self, what: Optional[Found], found: bool) -> None:
        self._here.emit(
            wire.CHECKPOINT,
            written=what and what.written,
            path=what.path if what else "",
            epoch=what and what.epoch,
            kept=not self._here.checkpoints_lost,
            found=found,
        )


def newest(folder: str) -> Optional[Found]:
    """Find the file below ``folder`` that was written last; None where there is none."""
    last, at = "", -1.0
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            # It may be gone by now: whoever keeps the last few removes the others.
            with contextlib.suppress(OSError):
                written = os.lstat(path).st_mtime
                if (written, path) > (at, last):
                    last, at = path, written
    if not last:
        return None
    relative = os.path.relpath(last, folder).replace(os.sep, "/")
    return Found(at, relative, _epoch(os.path.join(os.path.dirname(last), _METADATA)))


def _epoch(path: str) -> Optional[int]:
    try:
        with open(path, "rb") as file:
            told = json.loads(file.read(_LONGEST))
    except (OSError, ValueError):
        return None
    epoch = told.get("epoch") if isinstance(told, dict) else None
    return epoch if isinstance(epoch, int) and not isinstance(epoch, bool) else None
