"""The state of a home: index, records, models, steward."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from longboat.backends.known import Backends
from longboat.doctor.finding import Finding
from longboat.explain.words import count
from longboat.models.store import ModelStore
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.store import JobStore
from longboat.summoning import ensure, lock_of


def index(home: Path) -> Iterator[Finding]:
    """Whether the index is whole, and every job's record readable."""
    layout = Home(home)
    if not layout.jobs.is_dir():
        yield Finding("index", "ok", "There are no jobs yet.")
        return
    if _is_damaged(layout.local / "index.sqlite"):
        yield Finding(
            "index",
            "warn",
            "The index of the jobs is damaged.",
            "The next listing builds it anew: longboat jobs",
            lambda: _rebuild(layout),
        )
        return
    listed = JobIndex(layout, JobStore(layout))
    damaged = listed.damaged()
    if damaged:
        ids = ", ".join(sorted(damaged)[:5])
        yield Finding(
            "index",
            "bad",
            f"The records of {count(len(damaged), 'job')} cannot be read: {ids}.",
            f"Restore their folders in {layout.jobs}, or remove them with longboat rm.",
        )
    else:
        yield Finding("index", "ok", f"{count(len(JobStore(layout).ids()), 'job')}, all readable.")


def _rebuild(layout: Home) -> str:
    store = JobStore(layout)
    JobIndex(layout, store).rebuild()
    return f"It is built anew, from {count(len(store.ids()), 'job')}."


def models(home: Path) -> Iterator[Finding]:
    """Whether every registered version can be read."""
    store = ModelStore(Home(home))
    damaged = store.damaged()
    if damaged:
        yield Finding(
            "models",
            "bad",
            f"The records of these models cannot be read: {', '.join(sorted(damaged)[:5])}.",
            f"Restore model.json in their folders below {Home(home).models}.",
        )
    else:
        yield Finding("models", "ok", f"{count(len(store.names()), 'model')}, all readable.")


def _is_damaged(path: Path) -> bool:
    """Ask SQLite to check the file; reading only."""
    if not path.exists():
        return False
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            answer: tuple[str] = connection.execute("PRAGMA quick_check").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return True
    return answer[0] != "ok"


def steward(home: Path) -> Iterator[Finding]:
    """Whether a steward is there, or none and none needed."""
    layout = Home(home)
    if lock_of(layout).held():
        yield Finding("steward", "ok", "A steward is at work.")
    elif layout.jobs.is_dir() and _unsettled(layout):
        yield Finding(
            "steward",
            "warn",
            "Jobs are unfinished and no steward is at work.",
            "Any command starts one: longboat jobs",
            lambda: _start(layout),
        )
    else:
        yield Finding("steward", "ok", "No steward is running, and none is needed.")


def _start(layout: Home) -> str:
    ensure(layout)
    return "A steward is started."


def _unsettled(layout: Home) -> bool:
    return JobIndex(layout, JobStore(layout)).any_unsettled(Backends(layout))
