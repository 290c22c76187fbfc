"""Carry out retention, then collect what nobody needs any more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator

import msgspec
from msgspec.structs import replace

from longboat.errors import LongboatError, NotFound
from longboat.housekeeping.contents import Contents, read_contents
from longboat.housekeeping.disk import size_of
from longboat.housekeeping.journal import Journal
from longboat.housekeeping.needed import every_version, needed_jobs, needed_snapshots, snapshot_of
from longboat.housekeeping.retiring import Candidate, Retired, retire
from longboat.models.store import ModelStore
from longboat.records.layout import Home
from longboat.records.status import FINAL, JobRecord
from longboat.records.store import JobStore
from longboat.snapshots.collecting import Collected, collect
from longboat.snapshots.store import SnapshotStore
from longboat.spec.retention import Retention, read_retention, retention_file


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed, or would be."""

    jobs: tuple[Retired, ...] = ()
    snapshots: tuple[str, ...] = ()
    """Addresses."""
    size: int = 0
    """Bytes on the disk, of all of it."""
    obstacle: str = ""
    """A sentence: why no snapshot could be removed."""


class Pruner:
    """Removes what is not to be kept, and what nobody needs."""

    def __init__(
        self,
        home: Home,
        jobs: JobStore,
        snapshots: SnapshotStore,
        models: ModelStore,
        remove: Callable[[JobRecord], None],
    ) -> None:
        """``remove`` deletes a settled job."""
        self._home = home
        self._jobs = jobs
        self._remove_job = remove
        self._snapshots = snapshots
        self._models = models
        self._journal = Journal(home)
        self._ended_sizes: dict[str, int] = {}
        """Bytes of run directories in which nothing changes any more: a steward looks often."""

    def prune(self, *, dry_run: bool) -> Pruned:
        """Do it, or with ``dry_run`` say what would be done.

        Killed at any moment it has removed only what was to go; the next call goes on. Raises
        BadInput when retention.toml has mistakes, Broken when it cannot be known which jobs models
        need, OSError.
        """
        retired = self._retired(read_retention(retention_file(self._home.path)))
        if not dry_run:
            for each in retired:
                self._remove(each)
        as_if_gone = {each.job for each in retired} if dry_run else set()
        collected, obstacle = self._collect(as_if_gone, dry_run=dry_run)
        return Pruned(
            jobs=tuple(retired),
            snapshots=collected.snapshots,
            size=sum(each.size for each in retired) + collected.size,
            obstacle=obstacle,
        )

    def _retired(self, kept: Retention) -> list[Retired]:
        if not kept.limited:
            return []
        made_from = [version.record.facts.snapshot or "" for version in every_version(self._models)]
        contents = Contents({}) if kept.disk is None else read_contents(self._snapshots)
        found = retire(self._candidates(kept), contents, made_from, kept)
        return [replace(each, size=size_of(self._home.run(each.job).path)) for each in found]

    def _candidates(self, kept: Retention) -> Iterator[Candidate]:
        """Give every job; of one that cannot be read only that it is there."""
        needed = needed_jobs(self._models)
        for job_id in self._jobs.ids():
            found = self._candidate(job_id)
            if kept.disk is not None:
                found = found._replace(size=self._size(found))
            yield found._replace(needed=job_id in needed)

    def _candidate(self, job_id: str) -> Candidate:
        snapshot = snapshot_of(self._home.run(job_id)) or ""
        try:
            record, status = self._jobs.read(job_id), self._jobs.status(job_id)
        except LongboatError:
            return Candidate(job_id, "", 0.0, 0, snapshot, ended=False)
        ended = status.state in FINAL and status.settled
        # A rehearsal does not make the job that it was for any older.
        name = f"{record.spec.name} (rehearsal)" if record.spec.rehearse else record.spec.name
        return Candidate(job_id, name, record.created, 0, snapshot, ended)

    def _size(self, job: Candidate) -> int:
        if job.id in self._ended_sizes:
            return self._ended_sizes[job.id]
        size = size_of(self._home.run(job.id).path)
        if job.ended:
            self._ended_sizes[job.id] = size
        return size

    def _remove(self, retired: Retired) -> None:
        """Remove a job: noted first, so that nothing is ever gone without a word why."""
        self._journal.note(retired)
        with contextlib.suppress(NotFound):  # another has been quicker
            self._remove_job(self._jobs.read(retired.job))

    def _collect(self, gone: Collection[str], *, dry_run: bool) -> tuple[Collected, str]:
        def needed() -> frozenset[str]:
            return needed_snapshots(self._home, self._jobs, self._models, gone)

        try:
            return collect(self._snapshots, needed, dry_run=dry_run), ""
        except (LongboatError, OSError) as error:
            return Collected(), str(error)
