"""A comparison of two jobs as the faces show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from longboat.jobs.comparison import Compared, Comparison
from longboat.jobs.differences import Difference
from longboat.records.status import JobStatus
from longboat.snapshots.cells import CellPair, SourceCell
from longboat.snapshots.comparing import FileChange, line_changes
from longboat.snapshots.manifest import FileEntry


def describe_comparison(found: Comparison) -> dict[str, Any]:
    """Give the stable JSON; in lists of two the earlier job is first.

    Keys may be added, never renamed or removed.
    """
    return {
        "same": found.same,
        "jobs": [_job(found.before), _job(found.after)],
        "cells": [_cell(pair) for pair in found.cells],
        "files": [_file(change, found.texts) for change in found.files],
        "parameters": _differences(found.parameters),
        "asked": _differences(found.asked),
        "environment": _differences(found.environment),
        "metrics": {name: list(values) for name, values in found.metrics.items()},
    }


def change_of(pair: CellPair) -> str:
    """Say in a word how a cell is other: added, removed, changed."""
    if pair.before is None:
        return "added"
    return "removed" if pair.after is None else "changed"


def cell_lines(pair: CellPair) -> list[str] | None:
    """Write how a cell's source changed, as a unified diff; None for one too long."""
    before, after = (cell.source if cell else "" for cell in pair)
    return line_changes(before, after)


def seconds_run(status: JobStatus) -> float | None:
    """How long a job ran, in seconds; None while it has not ended, or never started."""
    if status.started is None or status.ended is None:
        return None
    return status.ended - status.started


def _job(job: Compared) -> dict[str, Any]:
    status = job.status
    return {
        "id": job.record.id,
        "name": job.record.spec.name,
        "who": job.receipt.who,
        "snapshot": job.record.snapshot,
        "state": status.state,
        "reason": status.reason,
        "message": status.message,
        "attempt": status.attempt,
        "seconds": seconds_run(status),
    }


def _cell(pair: CellPair) -> dict[str, Any]:
    before, after = (_source(cell) for cell in pair)
    return {
        "change": change_of(pair),
        "before": before,
        "after": after,
        "diff": cell_lines(pair),
    }


def _source(cell: SourceCell | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    return {"number": cell.number, "kind": cell.kind, "source": cell.source}


def _file(change: FileChange, texts: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "path": change.path,
        "change": change.change,
        "before": _entry(change.before),
        "after": _entry(change.after),
        "diff": texts.get(change.path),
    }


def _entry(entry: FileEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {"size": entry.size, "sha256": entry.sha256, "executable": entry.executable}


def _differences(found: Iterable[Difference]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = msgspec.to_builtins([each._asdict() for each in found])
    return listed
