"""Fetches a replica's copy from the volume, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from longboat.backends.kubernetes.api.access import Refused
from longboat.backends.kubernetes.receiving.readers import GaveUp, NoOwner, Readers
from longboat.backends.kubernetes.receiving.rebuilding import Rebuilding, forget_rebuilding
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.errors import LongboatError
from longboat.records.layout import ReplicaDirectory
from longboat.spec.job import Replica

log = logging.getLogger(__name__)

AGAIN_SECONDS = 2.0
"""Before it is tried again after an error that is nobody's last word."""
PATIENCE_SECONDS = 30.0
"""How long the API server may refuse it."""


class Fetcher:
    """Rebuilds a replica's folder, in the other's place if it is as good; goes on after a crash."""

    def __init__(
        self,
        readers: Readers,
        replica: Replica,
        pod: str,
        directory: ReplicaDirectory,
        nonce: str,
        there: Receiver | None,
        wake: Callable[[], None],
    ) -> None:
        """Begin; ``there`` is what came from the pod itself, whose UID is ``pod`` or unknown."""
        self._next = partial(readers.segment, replica, pod)
        self._replica = replica
        self._directory = directory
        self._nonce = nonce
        self._there = there
        self._wake = wake
        self._closed = threading.Event()
        self._told = ""
        self._refused_since: float | None = None
        self.replaced = False
        """What is in the folder now came from the copy."""
        self.why = ""
        """Why it did not."""
        self.finished = False
        """Set after everything else."""
        name = f"copy of {directory.path.name}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def close(self) -> None:
        """Fetch no further."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self.replaced = self._fetch()
                self.why = "" if self.replaced else "it has less than what came without it"
                break
            except GaveUp as error:
                self._give_up(error)
                break
            except (Refused, NoOwner) as error:
                if self._is_meant(error):
                    self._give_up(error)
                    break
            except Exception as error:  # whatever it is: it must not end unseen
                self._refused_since = None
                self._complain(error)
            self._closed.wait(AGAIN_SECONDS)
        self.finished = True
        self._wake()

    def _give_up(self, error: Exception) -> None:
        forget_rebuilding(self._directory)
        self.why = str(error).rstrip(".")

    def _is_meant(self, error: LongboatError) -> bool:
        """Whether it has been refused for long: an API server that has just begun refuses a lot."""
        self._complain(error)
        now = time.monotonic()
        self._refused_since = self._refused_since or now
        return now - self._refused_since >= PATIENCE_SECONDS

    def _fetch(self) -> bool:
        rebuilding = Rebuilding(self._directory, self._nonce)
        while True:
            segment = self._next(rebuilding.taken, self._closed)
            self._refused_since = None
            if not rebuilding.taken and not segment.data:
                raise GaveUp("it is empty")
            if not rebuilding.take(segment):
                raise GaveUp("it is none")
            if segment.last:
                return rebuilding.replaces(self._there, "its pod did not live to write it")

    def _complain(self, error: Exception) -> None:
        if str(error) != self._told and not self._closed.is_set():
            self._told = str(error)
            bug = None if isinstance(error, LongboatError | OSError) else error
            log.warning("The copy of %s: %s", self._replica, error, exc_info=bug)
