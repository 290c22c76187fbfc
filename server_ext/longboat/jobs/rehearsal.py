"""What a rehearsal has found, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from longboat.backends.last_word import cause_of_told
from longboat.explain.table import explain
from longboat.guest import wire
from longboat.records.history import read_events
from longboat.records.layout import RunDirectory
from longboat.records.status import JobRecord, JobStatus
from longboat.spec.job import Replica

_NO_MODEL = (
    "Nothing was exported to longboat.model_dir(): the job would run, and leave no model to serve."
)


class Finding(msgspec.Struct, frozen=True):
    """One thing to mend."""

    replica: str
    """The first on which it was found."""
    sentence: str
    """What is wrong, and where."""
    fix: str
    """What to do."""


class Report(msgspec.Struct, frozen=True):
    """What a rehearsal tells."""

    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]
    """What was not tried, or says nothing in small."""


def report(run: RunDirectory, record: JobRecord, status: JobStatus) -> Report:
    """Read the report of a rehearsal; what all replicas have found is told once.

    A rehearsal that did not come to its end (killed, out of memory, a deadline) has that as a
    finding. Raises OSError.
    """
    found: dict[tuple[Any, ...], Finding] = {}
    remarks: dict[str, None] = {}
    attempt = run.attempt(status.attempt)
    for replica in record.spec.replicas:
        for event in read_events(attempt.replica(replica).events):
            if event["kind"] == wire.WARNING:
                remarks.setdefault(str(event.get("message", "")))
            elif event["kind"] == wire.FINDING and isinstance(event.get("error"), dict):
                key, finding = _finding(replica, event["error"])
                found.setdefault(key, finding)
    findings = [*found.values(), *_end(status, bool(found))]
    if status.state == "succeeded":
        model = attempt.replica(record.spec.leader).model / "saved_model.pb"
        remarks.update({} if model.exists() else {_NO_MODEL: None})
    return Report(tuple(findings), tuple(remarks))


def _finding(replica: Replica, error: dict[str, Any]) -> tuple[tuple[Any, ...], Finding]:
    cause = cause_of_told(replica, error)
    told = explain(cause)
    key = tuple(str(error.get(name)) for name in ("reason", "cell", "line", "ename"))
    return key, Finding(str(replica), told.message, told.fix)


def _end(status: JobStatus, found: bool) -> Iterator[Finding]:
    """How it ended, where that is more than what was found."""
    told = found and status.reason == "rehearsal-found"
    if status.state != "succeeded" and not told:
        yield Finding("", status.message, "")
