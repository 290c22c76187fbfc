"""A fast listing of the jobs: SQLite over the run directories, which alone are the record.

The file may be deleted, damaged, foreign or of another version at any moment: that is noticed and
it is built again. What is listed is true even if a writer of the index crashed: jobs that are not
settled are read from their folder each time, and jobs that came or went are noticed by the folder's
own time of change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from longboat.errors import LongboatError, NotFound
from longboat.records import codec
from longboat.records.database import Database
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobState, JobStatus
from longboat.records.store import JobStore

_SCHEMA = (
    "CREATE TABLE jobs (id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL,"
    " created REAL NOT NULL, ended REAL, open INTEGER NOT NULL,"
    " record BLOB NOT NULL, status BLOB NOT NULL)",
    "CREATE INDEX by_time ON jobs (created DESC, id)",
    "CREATE INDEX by_state ON jobs (state, created DESC, id)",
    "CREATE INDEX by_name ON jobs (name, created DESC, id)",
    "CREATE INDEX by_open ON jobs (id) WHERE open",
    "CREATE INDEX by_settled ON jobs (id) WHERE NOT open",
    "CREATE TABLE listing (token INTEGER)",
)
_INSERT = (
    "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
    " name = excluded.name, state = excluded.state, created = excluded.created,"
    " ended = excluded.ended, open = excluded.open,"
    " record = excluded.record, status = excluded.status"
)
"""An update, not a replacement: the newest jobs stay side by side in the file."""
_SEARCHED = 20
"""Jobs of one name that are looked through for one that is no rehearsal."""
DAMAGED = "damaged"
"""In place of a state: the record cannot be read; ``status`` then holds the sentence."""

Row = tuple[Any, ...]
_CREATED = 3
_RECORDS = msgspec.json.Decoder(JobRecord)
_STATUSES = msgspec.json.Decoder(JobStatus)


class Entry(NamedTuple):
    """One job of a listing."""

    record: JobRecord
    status: JobStatus


class JobIndex:
    """Lists and finds jobs; safe to use from several threads and processes."""

    def __init__(self, home: Home, store: JobStore) -> None:
        self._store = store
        self._database = Database(home.local / "index.sqlite", self._fill)

    def put(self, record: JobRecord, status: JobStatus) -> None:
        """Note a job as it is now; what is on disk is what counts, whatever this says."""
        row = self._row(record, status)
        self._database.run(lambda connection: connection.execute(_INSERT, row))

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        self._database.run(lambda connection: _delete(connection, [job_id]))

    def list(
        self,
        state: JobState | None = None,
        name: str | None = None,
        limit: int | None = None,
    ) -> Sequence[Entry]:
        """List jobs, the newest first, as they are on disk now.

        A job whose record is damaged is not among them: ``damaged`` lists those.
        """
        return self._database.run(lambda c: self._select(c, state, name, limit))

    def newest_named(self, name: str) -> str | None:
        """Find the newest job of that name; a rehearsal only where all the last ones are."""
        found = [entry.record for entry in self.list(name=name, limit=_SEARCHED)]
        real = (record for record in found if not record.spec.rehearse)
        chosen = next(real, found[0] if found else None)
        return chosen.id if chosen is not None else None

    def settled(self) -> frozenset[str]:
        """List the ended jobs that nobody need look at again."""
        query = "SELECT id FROM jobs WHERE NOT open"
        rows = self._database.run(lambda c: c.execute(query).fetchall())
        return frozenset(row[0] for row in rows)

    def any_unsettled(self, backends: Container[str] | None = None) -> bool:
        """Tell whether any job still needs somebody; one that cannot be read helps nobody.

        Where ``backends`` are named, only jobs on these count.
        """
        return self._database.run(lambda connection: self._any_unsettled(connection, backends))

    def damaged(self) -> dict[str, str]:
        """List the jobs whose record cannot be read: id and why."""
        return self._database.run(self._damaged)

    def rebuild(self) -> None:
        """Build the index anew from all run directories. Raises OSError."""
        self._database.rebuild()

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        self._database.close()

    def _fill(self, connection: sqlite3.Connection) -> None:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("INSERT INTO listing VALUES (NULL)")
        token = self._store.listing_token()
        rows = sorted(self._rows(self._store.ids()), key=lambda row: row[_CREATED])
        connection.executemany(_INSERT, rows)
        connection.execute("UPDATE listing SET token = ?", [token])

    def _select(
        self, connection: sqlite3.Connection, state: str | None, name: str | None, limit: int | None
    ) -> Sequence[Entry]:
        self._refresh(connection)
        wanted = {"state": state, "name": name}
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join([f"{column} = :{column}" for column in given] or ["state <> :damaged"])
        query = (
            f"SELECT record, status FROM jobs WHERE {where} ORDER BY created DESC, id LIMIT :limit"
        )
        values = {**given, "damaged": DAMAGED, "limit": -1 if limit is None else limit}
        rows = connection.execute(query, values).fetchall()
        return [Entry(_RECORDS.decode(record), _STATUSES.decode(status)) for record, status in rows]

    def _any_unsettled(
        self, connection: sqlite3.Connection, backends: Container[str] | None
    ) -> bool:
        self._refresh(connection)
        query = "SELECT record FROM jobs WHERE open AND state <> ?"
        rows = connection.execute(query, [DAMAGED])
        return any(
            backends is None or _RECORDS.decode(record).spec.backend in backends
            for (record,) in rows
        )

    def _damaged(self, connection: sqlite3.Connection) -> dict[str, str]:
        self._refresh(connection)
        query = "SELECT id, status FROM jobs WHERE state = ?"
        return dict(connection.execute(query, [DAMAGED]).fetchall())

    def _refresh(self, connection: sqlite3.Connection) -> None:
        token = self._store.listing_token()
        known = connection.execute("SELECT token FROM listing").fetchone()[0]
        if token is None or token != known:
            self._match_folders(connection)
        if token != known:
            connection.execute("UPDATE listing SET token = ?", [token])
        for row in connection.execute("SELECT * FROM jobs WHERE open").fetchall():
            self._reread(connection, row)

    def _match_folders(self, connection: sqlite3.Connection) -> None:
        known = {row[0] for row in connection.execute("SELECT id FROM jobs")}
        present = set(self._store.ids())
        if present != known:
            connection.executemany(_INSERT, self._rows(present - known))
            _delete(connection, known - present)

    def _reread(self, connection: sqlite3.Connection, row: Row) -> None:
        """Bring the row of a job that can still change in line with its folder."""
        now = self._row_now(row[0])
        if now is None:
            _delete(connection, [row[0]])
        elif now != row:
            connection.execute(_INSERT, now)

    def _rows(self, ids: Iterable[str]) -> Iterable[Row]:
        return (row for row in map(self._row_now, ids) if row is not None)

    def _row_now(self, job_id: str) -> Row | None:
        """Read a job from disk, all of it: what a steward cannot read must not count as open."""
        try:
            return self._row(self._store.read(job_id), self._store.status(job_id))
        except NotFound:
            return None
        except (LongboatError, OSError) as error:
            return (job_id, "", DAMAGED, 0.0, None, 1, b"", str(error))

    def _row(self, record: JobRecord, status: JobStatus) -> Row:
        return (
            record.id,
            record.spec.name,
            status.state,
            record.created,
            status.ended,
            int(self._is_open(record.id, status)),
            codec.encode(record),
            codec.encode(status),
        )

    def _is_open(self, job_id: str, status: JobStatus) -> bool:
        """Whether somebody must still look at it: a job that is to be removed stays one."""
        if not status.settled:
            return True
        try:
            return self._store.intent(job_id).target == "remove"
        except LongboatError:
            return False


def _delete(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    connection.executemany("DELETE FROM jobs WHERE id = ?", ((job_id,) for job_id in ids))
