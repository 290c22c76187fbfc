"""The steward's part in housekeeping: when nothing else is to be done, and not too often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from longboat.errors import LongboatError
from longboat.housekeeping.pruning import Pruned
from longboat.records.layout import Home
from longboat.system.files import stamp

INTERVAL = 60.0
"""Seconds between two rounds while jobs are unfinished: a round reads every record."""

log = logging.getLogger(__name__)


class Jobs(Protocol):
    """What is asked of the controller of jobs."""

    @property
    def unfinished(self) -> int:
        """Count the jobs that still need somebody."""

    @property
    def finished(self) -> int:
        """Count the jobs that were seen to have ended or gone."""


class HousekeepingController:
    """Tidies once the steward has begun, and whenever jobs have ended, come or gone since.

    What it leaves undone when it is killed, or when something is in its way, is found by the next
    steward; nobody waits for it.
    """

    def __init__(self, home: Home, jobs: Jobs, prune: Callable[[], Pruned]) -> None:
        """``prune`` removes what is not to be kept; it may raise LongboatError and OSError."""
        self._folders = (home.jobs, home.snapshots / "manifests")
        self._jobs = jobs
        self._prune = prune
        self._seen: object = None
        self._began = time.monotonic()

    @property
    def unfinished(self) -> int:
        """Tell whether something has changed since it last looked: 1 or 0."""
        return int(self._seen != self._mark())

    def step(self) -> bool:
        """Tidy if it is time; it leaves nothing that another look would find."""
        now = time.monotonic()
        if self._jobs.unfinished and now - self._began < INTERVAL:
            return False
        mark = self._mark()
        if mark != self._seen:
            # Noted before it looks: what changes meanwhile is looked at once more.
            self._seen, self._began = mark, now
            self._prune_and_say()
        return False

    def _prune_and_say(self) -> None:
        try:
            pruned = self._prune()
        except (LongboatError, OSError) as error:
            log.warning("Nothing was removed: %s", error)
            return
        for retired in pruned.jobs:
            log.info("Job %s (%s) is removed: %s", retired.job, retired.name, retired.reason)
        if pruned.obstacle:
            log.warning("No snapshot was removed: %s", pruned.obstacle)

    def _mark(self) -> object:
        return self._jobs.finished, *(stamp(folder) for folder in self._folders)
