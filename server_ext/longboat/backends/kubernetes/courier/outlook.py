"""What is seen of one namespace of a cluster: pods and jobs, kept up to date by watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import PODS
from longboat.backends.kubernetes.api.watched import Watched
from longboat.backends.kubernetes.courier.surroundings import Surroundings
from longboat.backends.kubernetes.diagnosis.causes import cause_of_refusal
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.job_object import JobObject, head
from longboat.backends.kubernetes.objects.naming import ALL_OURS
from longboat.backends.kubernetes.objects.pods import Pod, by_attempt, trimmed
from longboat.backends.kubernetes.sending import job_kind
from longboat.errors import Unavailable
from longboat.explain.cause import Cause
from longboat.spec.cluster import Engine
from longboat.spec.job import Replica

PATIENCE_SECONDS = 10.0
"""How long there may be no contact before anybody is told."""


class View(NamedTuple):
    """What is seen of an attempt at one moment."""

    pods: Mapping[Replica, Pod]
    job: JobObject | None
    """The object on the cluster; None when there is none."""
    fresh: bool = True
    """It is not older than a moment."""
    trouble: Cause | None = None
    """Why it has long not been fresh."""


class Outlook:
    """One for all attempts of a namespace."""

    def __init__(self, access: Access, wake: Callable[[], None]) -> None:
        """Begin to watch; ``wake`` is called, in another thread, when something has changed."""
        self.access = access
        self.surroundings = Surroundings(access)
        self._wake = wake
        self._pods = Watched(access, PODS, ALL_OURS, wake, trimmed)
        self._jobs: dict[Engine, Watched] = {}
        self._sorted: dict[AttemptRef, dict[Replica, Pod]] = {}
        self._sorted_fresh = False

    def look(self) -> None:
        """Take in all pods as they are now."""
        # Asked before: pods that are read for the first time meanwhile are not absent.
        self._sorted_fresh = _is_fresh(self._pods)
        self._sorted = by_attempt(self._pods.objects().values())

    def view(self, ref: AttemptRef, facts: ClusterFacts) -> View:
        """What is seen of an attempt; its pods as they were at the last look."""
        jobs = self._watch(facts.engine)
        fresh = self._sorted_fresh and _is_fresh(jobs)
        trouble = None if fresh else self._trouble(jobs) or self._trouble(self._pods)
        job = jobs.get(facts.name)
        if fresh and job is None and facts.request is None and self._is_another(facts.cluster):
            # Not seeing it here says nothing of it.
            fresh, trouble = False, Cause("cluster-exchanged", {"cluster": self.access.cluster})
        return View(self._sorted.get(ref, {}), job, fresh, trouble)

    def _is_another(self, cluster: str) -> bool:
        """Whether an attempt was sent to a cluster that had the same name then."""
        try:
            return cluster not in ("", self.access.identity)
        except Unavailable:
            return False

    def _watch(self, engine: Engine) -> Watched:
        """One watch per kind, from the first attempt on that needs it."""
        if engine not in self._jobs:
            kind = job_kind(engine)
            self._jobs[engine] = Watched(self.access, kind, ALL_OURS, self._wake, head)
        return self._jobs[engine]

    def _trouble(self, watched: Watched) -> Cause | None:
        since, error = watched.stale_since, watched.trouble
        if since is None or error is None or time.time() - since < PATIENCE_SECONDS:
            return None
        return cause_of_silence(error, self.access.cluster)

    def close(self) -> None:
        """Watch no more."""
        for watched in (self._pods, *self._jobs.values()):
            watched.close()


def _is_fresh(watched: Watched) -> bool:
    return watched.synced and watched.stale_since is None


def cause_of_silence(error: Exception, cluster: str) -> Cause:
    """Say why a cluster tells nothing."""
    if isinstance(error, Refused):
        return cause_of_refusal(error.status, error.reason, error.message, error.details)
    return Cause("cluster-silent", {"cluster": cluster, "why": str(error)})
