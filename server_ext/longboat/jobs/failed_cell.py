"""Which cell a job failed in, as it was executed."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from longboat.backends.last_word import read_last_word
from longboat.records.layout import ReplicaDirectory, RunDirectory
from longboat.records.status import JobRecord, JobStatus
from longboat.spec.job import Replica


class FailedCell(NamedTuple):
    """The cell that raised, and where."""

    replica: str
    cell: int
    """From 1, counted as the job's message counts it."""
    line: int | None
    """From 1; None where the error has no line."""
    source: str

    @property
    def words(self) -> str:
        """Where that is: ``Cell 4, line 2, on worker-0:``."""
        line = f", line {self.line}" if self.line else ""
        return f"Cell {self.cell}{line}, on {self.replica}:"


def failed_cell(run: RunDirectory, record: JobRecord, status: JobStatus) -> FailedCell | None:
    """Find the cell that a failed job's reason is about; None where that is no cell's matter."""
    if status.state != "failed":
        return None
    attempt, leader = run.attempt(status.attempt), record.spec.leader
    for replica in sorted(record.spec.replicas, key=lambda each: each != leader):
        found = _of_replica(attempt.replica(replica), replica, status.reason)
        if found is not None:
            return found
    return None


def _of_replica(place: ReplicaDirectory, replica: Replica, reason: str) -> FailedCell | None:
    word = read_last_word(place)
    error = word.error if word is not None and word.error is not None else {}
    cell, line = error.get("cell"), error.get("line")
    source = _source_that_failed(place) if error.get("reason") == reason else None
    if not isinstance(cell, int) or source is None:
        return None
    return FailedCell(str(replica), cell, line if isinstance(line, int) else None, source)


def _source_that_failed(place: ReplicaDirectory) -> str | None:
    """The source of the executed notebook's cell with an error; a job may have written anything."""
    try:
        cells: list[dict[str, Any]] = json.loads(place.output.read_bytes())["cells"]
        for cell in reversed(cells):
            if any(each["output_type"] == "error" for each in cell.get("outputs", ())):
                return "".join(cell["source"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return None
