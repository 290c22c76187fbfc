"""Which ended jobs are to go: a pure function of what is to be kept and what there is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from longboat.housekeeping.contents import Contents
from longboat.spec.quantities import format_memory
from longboat.spec.retention import Retention


class Candidate(NamedTuple):
    """A job, as far as retention is concerned."""

    id: str
    name: str
    created: float
    """Seconds since the epoch."""
    size: int
    """Bytes of its run directory; they only count where there is a limit to them."""
    snapshot: str
    """Its address; empty where nobody knows."""
    ended: bool
    """Nothing of it will change any more."""
    needed: bool = False
    """Only this job can say where a registered model comes from."""


class Retired(msgspec.Struct, frozen=True):
    """A job that is to go, or has gone."""

    job: str
    name: str
    size: int
    """Bytes of its run directory."""
    reason: str
    """A sentence."""


def retire(
    jobs: Iterable[Candidate], contents: Contents, models: Iterable[str], kept: Retention
) -> list[Retired]:
    """Choose the jobs that are to go, in order.

    ``models``: the snapshots that models were made from. Never chosen are jobs that have not ended,
    that are pinned or that a model needs, and the last ended one of each name: it is what a person
    looks for. ``contents`` is used up.
    """
    every = sorted(jobs, key=lambda job: (job.created, job.id))
    stock = _Stock(every, contents, models)
    may_go = list(_removable(every, kept))
    found = [stock.take(job, reason) for job, reason in _surplus(every, may_go, kept)]
    gone = {retired.job for retired in found}
    if kept.disk is not None:
        reason = f"All jobs together may take {format_memory(kept.disk)}."
        for job in may_go:
            if job.id not in gone and stock.size > kept.disk:
                found.append(stock.take(job, reason))
    return found


def _removable(jobs: list[Candidate], kept: Retention) -> Iterator[Candidate]:
    """Those that may go at all, the oldest first."""
    last = {job.name: job.id for job in jobs if job.ended}
    for job in jobs:
        pinned = job.id in kept.pinned or job.name in kept.pinned
        if job.ended and not job.needed and not pinned and last[job.name] != job.id:
            yield job


def _surplus(
    jobs: list[Candidate], may_go: list[Candidate], kept: Retention
) -> Iterator[tuple[Candidate, str]]:
    """Those beyond the newest of their name; who may not go counts all the same."""
    if kept.jobs_per_name is None:
        return
    of_name: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        if job.ended:
            of_name[job.name].append(job.id)
    surplus = {job_id for ids in of_name.values() for job_id in ids[: -kept.jobs_per_name]}
    for job in may_go:
        if job.id in surplus:
            yield job, f"Of each name {kept.jobs_per_name} ended jobs are kept."


class _Stock:
    """What all jobs take together, while they go one after the other."""

    def __init__(self, jobs: list[Candidate], contents: Contents, models: Iterable[str]) -> None:
        self._contents = contents
        self._users = Counter([*(job.snapshot for job in jobs), *models])
        self.size = sum(job.size for job in jobs) + contents.total
        """Bytes, snapshots included."""

    def take(self, job: Candidate, reason: str) -> Retired:
        """Take one out, and with it what only it needed of the snapshots."""
        self._users[job.snapshot] -= 1
        self.size -= job.size
        if not self._users[job.snapshot]:
            self.size -= self._contents.drop(job.snapshot)
        return Retired(job.id, job.name, job.size, reason)
