"""What one can ask of housekeeping: what takes the space, what may go, and that it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longboat.errors import LongboatError
from longboat.explain.words import count
from longboat.housekeeping.contents import read_contents
from longboat.housekeeping.disk import size_of
from longboat.housekeeping.journal import Journal
from longboat.housekeeping.measuring import (
    measure_jobs,
    measure_models,
    measure_services,
    measure_snapshots,
)
from longboat.housekeeping.pruning import Pruned, Pruner
from longboat.housekeeping.usage import Freeable, JobUsage, Kind, Part, SnapshotUsage, Usage
from longboat.models.store import ModelStore
from longboat.records.layout import Home
from longboat.records.status import FINAL, JobRecord
from longboat.records.store import JobStore
from longboat.snapshots.store import SnapshotStore


class Housekeeping:
    """Keeps one home in order. What lives is never touched."""

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
        self._snapshots = snapshots
        self._models = models
        self._pruner = Pruner(home, jobs, snapshots, models, remove)
        self._journal = Journal(home)

    def prune(self, *, dry_run: bool = False) -> Pruned:
        """Remove the jobs that retention.toml does not keep, and snapshots that nobody needs.

        ``dry_run`` only says which. Raises BadInput when the file has mistakes, Broken when it
        cannot be known which jobs models need, OSError.
        """
        return self._pruner.prune(dry_run=dry_run)

    def removed(self) -> list[dict[str, Any]]:
        """List the jobs that retention has removed so far: t, job, name, size, reason."""
        return self._journal.lines()

    def usage(self) -> Usage:
        """Say what takes how much, and what could be freed now; changes nothing."""
        jobs = measure_jobs(self._home, self._jobs)
        snapshots = measure_snapshots(read_contents(self._snapshots), jobs, self._models)
        models, services = measure_models(self._home, self._models), measure_services(self._home)
        whole = size_of(self._home.path)
        sizes: dict[Kind, int] = {
            "snapshots": size_of(self._home.snapshots),
            "logs": sum(job.logs for job in jobs),
            "files": sum(job.files for job in jobs),
            "models": size_of(self._home.models),
            "services": size_of(self._home.services),
            "records": sum(job.records for job in jobs),
        }
        sizes["rest"] = max(0, whole - sum(sizes.values()))
        prunable = self._prunable()
        return Usage(
            home=str(self._home.path),
            size=whole,
            parts=tuple(sorted((Part(*each) for each in sizes.items()), key=lambda p: -p.size)),
            jobs=tuple(jobs),
            snapshots=tuple(snapshots),
            models=tuple(models),
            services=tuple(services),
            freeable=_freeable(jobs, snapshots, prunable),
            obstacle=prunable.obstacle,
        )

    def _prunable(self) -> Pruned:
        try:
            return self.prune(dry_run=True)
        except (LongboatError, OSError) as error:
            return Pruned(obstacle=str(error))


def _freeable(
    jobs: list[JobUsage], snapshots: list[SnapshotUsage], prunable: Pruned
) -> tuple[Freeable, ...]:
    """Say what each command would give back, the biggest first."""
    alone = {(snapshot.jobs, snapshot.models): snapshot.alone for snapshot in snapshots}
    found = [
        Freeable(
            job.size + alone.get(((job.id,), ()), 0),
            f"job {job.name}, {job.state}",
            f"longboat rm {job.id}",
        )
        for job in jobs
        if job.state in FINAL
    ]
    if prunable.size:
        jobs_gone = f"{count(len(prunable.jobs), 'job')} that retention.toml does not keep, "
        snapshots_gone = f"{count(len(prunable.snapshots), 'snapshot')} that nobody needs"
        what = (jobs_gone if prunable.jobs else "") + snapshots_gone
        found.append(Freeable(prunable.size, what, "longboat prune"))
    return tuple(sorted(found, key=lambda each: -each.size))
