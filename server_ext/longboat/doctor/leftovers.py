"""What crashes have left in a home, snapshots that nobody needs, and locks of what is no more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from longboat.boards import folder as boards
from longboat.doctor.finding import Finding
from longboat.engine import Engine
from longboat.errors import BadInput, LongboatError, Unavailable
from longboat.explain.words import count
from longboat.housekeeping.housekeeping import Housekeeping
from longboat.housekeeping.pruning import Pruned
from longboat.models.store import ModelStore
from longboat.records import leftovers as records
from longboat.records.layout import Home
from longboat.records.store import JobStore
from longboat.services.store import ServiceStore
from longboat.spec.quantities import format_memory
from longboat.spec.retention import read_retention, retention_file


def leftovers(home: Path) -> Iterator[Finding]:
    """Files of which a crash prevented the end: each kind by whoever would have removed it."""
    layout = Home(home)
    found = _left(layout)
    if not found:
        yield Finding("leftovers", "ok", "No crash has left anything behind.")
        return
    names = ", ".join(str(path.relative_to(home)) for path in sorted(found)[:3])
    more = ", …" if len(found) > 3 else ""
    yield Finding(
        "leftovers",
        "warn",
        f"Crashes have left {count(len(found), 'thing')} that nobody reads: {names}{more}.",
        "Most of them go when the next steward begins; all with: longboat doctor --fix",
        lambda: _sweep(layout),
    )


def _left(home: Home) -> list[Path]:
    return [
        *records.leftovers(home),
        *_temporaries(home),
        *ServiceStore(home).forgotten(),
        *boards.abandoned(home),
        *(left for left in ModelStore(home).half_copied() if not _is_at_work(home, left)),
    ]


def _temporaries(home: Home) -> list[Path]:
    """What is beside records of jobs that have ended, and of services."""
    jobs, services = JobStore(home), ServiceStore(home)
    folders = [home.run(job_id).path for job_id in jobs.ids() if _is_settled(jobs, job_id)]
    folders += [services.folder(name) for name in services.names()]
    return [path for folder in folders for path in records.temporaries(folder)]


def _is_settled(jobs: JobStore, job_id: str) -> bool:
    try:
        return jobs.status(job_id).settled
    except LongboatError:
        return False


def _is_at_work(home: Home, incoming: Path) -> bool:
    return ModelStore(home).lock(incoming.parent.name).held()


def _sweep(home: Home) -> str:
    before = set(_left(home))
    records.sweep(home)
    ServiceStore(home).sweep()
    boards.sweep(home)
    for path in _temporaries(home):
        path.unlink(missing_ok=True)
    models = ModelStore(home)
    for name in {path.parent.name for path in models.half_copied()}:
        with contextlib.suppress(Unavailable):  # it is not left behind: somebody is at work on it
            models.sweep(name)
    return f"Removed: {len(before - set(_left(home)))}."


def snapshots(home: Path) -> Iterator[Finding]:
    """Whether there are jobs that are not to be kept, or snapshots that nobody needs."""
    housekeeping = Engine(Home(home)).housekeeping
    unneeded = housekeeping.prune(dry_run=True)
    if unneeded.obstacle:
        yield Finding("snapshots", "warn", f"No snapshot can be removed. {unneeded.obstacle}")
    elif not unneeded.size:
        yield Finding("snapshots", "ok", "Every snapshot is needed.")
    else:
        yield _unneeded(housekeeping, unneeded)


def _unneeded(housekeeping: Housekeeping, found: Pruned) -> Finding:
    surplus = f"{count(len(found.jobs), 'job')} more than retention.toml keeps, " * bool(found.jobs)
    return Finding(
        "snapshots",
        "warn",
        f"There are {surplus}{count(len(found.snapshots), 'snapshot')} that nobody needs; "
        f"{format_memory(found.size)} would be free.",
        "Remove what nobody needs: longboat prune",
        lambda: f"{format_memory(housekeeping.prune().size)} are free again.",
    )


def retention(home: Path) -> Iterator[Finding]:
    """Whether retention.toml can be read: with a mistake in it nothing is removed."""
    file = retention_file(home)
    try:
        kept = read_retention(file)
    except BadInput as error:
        yield Finding("retention", "warn", str(error), "Mend it; until then everything is kept.")
        return
    if kept.limited:
        yield Finding("retention", "ok", f"Old jobs are removed as {file} says.")
    else:
        yield Finding("retention", "ok", "Every job is kept until it is removed by hand.")
