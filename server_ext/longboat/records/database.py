"""An SQLite file that may be lost at any moment, as it can be filled again from the record.

Two locks keep it sane. SQLite's own orders the transactions. A kernel lock beside the file is
shared by everybody for the length of one piece of work and exclusive to whoever replaces the file,
so that nobody works in a file that is being taken away; a connection to a replaced file is noticed
by its inode and opened anew.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from longboat.errors import Unavailable
from longboat.records.migrations import FORMAT
from longboat.system.locks import flock_within

log = logging.getLogger(__name__)

APPLICATION = 0x4C425431
"""``LBT1``: what marks the file as ours (PRAGMA application_id)."""
_SCHEMA = 1
VERSION = 1000 * _SCHEMA + FORMAT
"""Of the tables and of the records in them (PRAGMA user_version)."""
BUSY_SECONDS = 5.0
LOCK_SECONDS = 60.0
"""Patience with another who builds the file anew from many jobs."""
BUSY = "The index of jobs has been in use by another process for too long; try again."
UNSOUND = (sqlite3.Error, msgspec.MsgspecError, UnicodeDecodeError, OSError)
"""What a damaged or missing file, or a row in it, can raise."""

T = TypeVar("T")


class Database:
    """Gives pieces of work a sound connection, whatever became of the file."""

    def __init__(self, path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
        """``fill`` makes the tables in an empty database and fills them from the record."""
        self._path = path
        self._fill = fill
        self._threads = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode = -1

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work``, which may be called twice; its writes are one transaction.

        Raises Unavailable when somebody else holds the file for too long. When no file can be
        had at all (disk full, read-only), the work is done on a copy in memory.
        """
        with self._threads:
            try:
                return self._run(work)
            except FileNotFoundError:
                log.info("The index of jobs is built")
            except UNSOUND as error:
                _refuse_if_busy(error)
                log.warning("The index of jobs is rebuilt: %s", error)
            try:
                self._replace(self._inode)
                return self._run(work)
            except UNSOUND as error:
                _refuse_if_busy(error)
                log.warning("There can be no index of jobs at %s: %s", self._path, error)
            with closing(self._create(":memory:")) as connection:
                return work(connection)

    def rebuild(self) -> None:
        """Replace the file by a new one, filled from the record. Raises OSError."""
        with self._threads:
            self._replace(None)

    def close(self) -> None:
        """Close the connection; the next piece of work opens one again."""
        with self._threads:
            self._drop()

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock(fcntl.LOCK_SH):
            connection = self._sound()
            with connection:
                return work(connection)

    def _sound(self) -> sqlite3.Connection:
        """Open the file, or keep it open if it is still the same. Raises if it is not ours."""
        inode = self._path.stat().st_ino
        if self._connection is None or inode != self._inode:
            self._drop()
            self._connection = self._open()
            self._inode = inode
        return self._connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            # Who begins to write waits its turn at once: one that has read before, within the same
            # transaction, could only be refused.
            isolation_level="IMMEDIATE",
            check_same_thread=False,
        )
        try:
            marks = [
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            ]
            if marks != [APPLICATION, VERSION]:
                raise sqlite3.DatabaseError("it is not ours, or of another version")
            connection.execute("PRAGMA synchronous=NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _replace(self, seen: int | None) -> None:
        """Build the file anew, unless somebody just did: it is then not the one ``seen``."""
        self._drop()
        with self._lock(fcntl.LOCK_EX):
            if seen is not None and self._replaced_since(seen):
                return
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.unlink(missing_ok=True)
            self._create(str(fresh)).close()
            # The old file goes first: its write-ahead log must never meet the new one.
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            fresh.rename(self._path)

    def _replaced_since(self, seen: int) -> bool:
        try:
            if self._path.stat().st_ino == seen:
                return False
            self._open().close()
        except (sqlite3.Error, OSError):
            return False
        return True

    def _create(self, name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(name, timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={VERSION}")
            with connection:
                self._fill(connection)
            connection.execute("PRAGMA journal_mode=WAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._inode = None, -1

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        name = self._path.with_name(self._path.name + ".lock")
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if not flock_within(descriptor, kind, LOCK_SECONDS):
                raise Unavailable(BUSY)
            yield
        finally:
            os.close(descriptor)


def _refuse_if_busy(error: Exception) -> None:
    """A file that is only in use is sound: it must not be replaced."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise Unavailable(BUSY) from None
