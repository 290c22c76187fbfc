"""Removes from shared volumes what jobs have there whose records are gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace

from longboat.backends.kubernetes import errands
from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import PODS
from longboat.backends.kubernetes.erasures import Erasure, ErasureNotes, Place
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.backends.kubernetes.objects.render_errand import (
    Errand,
    RenderedErrand,
    render_errand,
)
from longboat.backends.kubernetes.pausing import Pause
from longboat.errors import LongboatError
from longboat.guest import copies, order
from longboat.guest.bundle import build
from longboat.records.layout import Home
from longboat.spec.cluster import ClusterConfig

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Between two questions how it goes."""
TRIES = 3
"""After so many that came to nothing the folder is left where it is."""


class Erasing:
    """All removals of one home on one cluster; what is to be done is noted, not known here."""

    def __init__(self, home: Home, config: ClusterConfig) -> None:
        self._home = home
        self._config = config
        self._notes = ErasureNotes(home, config.name)
        self._accesses: dict[str, Access] = {}
        self._sent: set[str] = set()
        self._pauses: dict[str, Pause] = {}
        self._look_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether there is something to do now."""
        return any(self._is_due(job) for job in self._jobs())

    def step(self, under_way: Collection[str]) -> None:
        """Move each removal, but of jobs that still have something of an attempt there."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        for job in self._jobs():
            if self._is_due(job) and job not in under_way:
                self._step(job)

    def _jobs(self) -> list[str]:
        try:
            return list(self._notes.jobs())
        except OSError as error:
            log.warning("It cannot be known what is to be removed: %s", error)
            return []

    def _is_due(self, job: str) -> bool:
        """Whether its record is gone, and it was not tried in vain just now."""
        pause = self._pauses.get(job)
        return not self._home.run(job).path.exists() and (pause is None or pause.over)

    def _step(self, job: str) -> None:
        try:
            erasure = self._notes.read(job)
            if erasure is not None:
                self._move(job, erasure)
        except (LongboatError, OSError) as error:
            pause = self._pauses.setdefault(job, Pause())
            if not pause.failures:
                log.warning("What %s has on its volume is removed later: %s", job, error)
            pause.failed()
        else:
            self._pauses.pop(job, None)

    def _move(self, job: str, erasure: Erasure) -> None:
        place = erasure.places[0]
        access = self._access(place.namespace)
        name = f"longboat-erase-{job}-{erasure.tries}"
        if place.cluster not in ("", access.identity):
            self._next(job, erasure)  # it is out of reach from here for good
        elif name in self._sent:
            self._ask(job, erasure, access, name)
        elif not access.list(PODS, labels=f"{JOB}={job}").items:
            self._send(job, erasure, access, name)

    def _send(self, job: str, erasure: Erasure, access: Access, name: str) -> None:
        try:
            errands.send(access, self._rendered(job, erasure.places[0], name))
        except Refused as error:
            self._failed(job, erasure, str(error))
        else:
            self._sent.add(name)

    def _rendered(self, job: str, place: Place, name: str) -> RenderedErrand:
        zipapp: Path = build(self._home.guests)
        errand = Errand(
            name=name,
            kind="erase",
            image=place.image,
            claim=place.claim,
            arguments=("erase", copies.VOLUME, job),
            files=({order.ZIPAPP: zipapp.read_bytes()},),
        )
        return render_errand(errand, self._config)

    def _ask(self, job: str, erasure: Erasure, access: Access, name: str) -> None:
        found = errands.outcome(access, name)
        if found is None:
            return
        errands.forget(access, name)
        self._sent.discard(name)
        if found.done:
            log.info("What %s had on %s is removed", job, erasure.places[0].claim)
            self._next(job, erasure)
        else:
            self._failed(job, erasure, found.word)

    def _failed(self, job: str, erasure: Erasure, why: str) -> None:
        if erasure.tries + 1 < TRIES:
            self._notes.write(job, replace(erasure, tries=erasure.tries + 1))
            return
        claim = erasure.places[0].claim
        log.warning("jobs/%s on the volume %s could not be removed: %s", job, claim, why)
        self._next(job, erasure)

    def _next(self, job: str, erasure: Erasure) -> None:
        """Go on to another of its places; after the last nothing is to be done."""
        if len(erasure.places) > 1:
            self._notes.write(job, Erasure(places=erasure.places[1:]))
        else:
            self._notes.forget(job)

    def _access(self, namespace: str) -> Access:
        if namespace not in self._accesses:
            wanted = namespace or self._config.namespace
            self._accesses[namespace] = Access(replace(self._config, namespace=wanted))
        return self._accesses[namespace]
