"""Measure a home: every job, snapshot, model and service once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec.structs import replace

from longboat.errors import LongboatError
from longboat.housekeeping.contents import Contents
from longboat.housekeeping.disk import pieces, size_of
from longboat.housekeeping.needed import snapshot_of
from longboat.housekeeping.usage import JobUsage, Named, SnapshotUsage
from longboat.models.store import ModelStore
from longboat.records.layout import Home
from longboat.records.store import JobStore

_LOGS = frozenset({"log", "log.times", "supervisor.log"})
_REPLICA = 3
"""``attempts/<k>/<replica>``: where a replica's own begin."""
_RECORDS = frozenset({"events.jsonl", "status.json"})


def measure_jobs(home: Home, store: JobStore) -> list[JobUsage]:
    """Measure every run directory, the biggest first; also of jobs that cannot be read."""
    found = (_job(home, store, job_id) for job_id in store.ids())
    return sorted(found, key=lambda job: (-job.size, job.id))


def _job(home: Home, store: JobStore, job_id: str) -> JobUsage:
    sizes: dict[str, int] = defaultdict(int)
    run = home.run(job_id)
    for piece in pieces(run.path):
        sizes[_kind(piece.path)] += piece.size
    usage = JobUsage(
        id=job_id,
        snapshot=snapshot_of(run),
        logs=sizes["logs"],
        files=sizes["files"],
        records=sizes["records"],
    )
    try:
        record, status = store.read(job_id), store.status(job_id)
    except LongboatError:
        return usage
    return replace(usage, name=record.spec.name, state=status.state, ended=status.ended)


def _kind(path: tuple[str, ...]) -> Literal["logs", "files", "records"]:
    """Tell what a piece of a run directory is, by where it lies (docs/run-directory.md)."""
    inside = path[_REPLICA:]
    if path[0] == "checkpoints" or (inside and inside[0] not in _LOGS | _RECORDS):
        return "files"
    return "logs" if path[-1] in _LOGS else "records"


def measure_snapshots(
    contents: Contents, jobs: Iterable[JobUsage], models: ModelStore
) -> list[SnapshotUsage]:
    """Measure every snapshot and list who needs it, the biggest first."""
    of_jobs, of_models = defaultdict(list), defaultdict(list)
    for job in jobs:
        of_jobs[job.snapshot].append(job.id)
    for name, snapshot in _made_from(models):
        of_models[snapshot].append(name)
    found = (
        SnapshotUsage(
            address,
            contents.size(address),
            contents.alone(address),
            tuple(sorted(of_jobs[address])),
            tuple(of_models[address]),
        )
        for address in contents.addresses
    )
    return sorted(found, key=lambda snapshot: (-snapshot.size, snapshot.address))


def _made_from(models: ModelStore) -> Iterator[tuple[str, str | None]]:
    for name in models.names():
        for version in models.versions(name):
            yield f"{name}@{version.version}", version.record.facts.snapshot


def measure_models(home: Home, models: ModelStore) -> list[Named]:
    """Measure every version of every model, the biggest first."""
    return _biggest_first(
        Named(f"{name}@{number}", size_of(home.models / name / str(number)))
        for name in models.names()
        for number in models.numbers(name)
    )


def measure_services(home: Home) -> list[Named]:
    """Measure every service's folder, the biggest first."""
    folders = home.services.iterdir() if home.services.is_dir() else ()
    return _biggest_first(Named(each.name, size_of(each)) for each in folders if each.is_dir())


def _biggest_first(found: Iterable[Named]) -> list[Named]:
    return sorted(found, key=lambda named: (-named.size, named.name))
