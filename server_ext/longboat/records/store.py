"""Jobs on disk: the only writer of what lies directly in a run directory."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from longboat.errors import Broken, Conflict, NotFound
from longboat.guest import wire
from longboat.records import codec, history, names
from longboat.records.layout import Home, RunDirectory
from longboat.records.leftovers import STAGING, sweep
from longboat.records.removal import delete_tree, discard
from longboat.records.status import Intent, JobRecord, JobStatus, Target
from longboat.system.files import sync_directory, write_atomic

SETTLED_LISTING = 1_000_000_000
"""Nanoseconds: a folder changed more recently may change again without a new mtime."""

_ORDER: dict[Target, int] = {"run": 0, "stop": 1, "remove": 2}


class JobStore:
    """Creates, reads and removes run directories; needs no index and no server."""

    def __init__(self, home: Home) -> None:
        self._home = home

    # --- making and removing

    def new_id(self) -> str:
        """Draw an id that no job has; ``create`` is what takes it."""
        while True:
            job_id = names.random_id()
            if not self._home.run(job_id).path.exists():
                return job_id

    def create(
        self, record: JobRecord, receipt: dict[str, Any], secret_values: dict[str, str] | None
    ) -> None:
        """Make the job durable: when this returns, it will run, whatever crashes.

        Raises Conflict when the id is taken and OSError (disk full); there is then no such job.
        """
        if not names.is_id(record.id):
            raise Broken(f"{record.id!r} is not a job's id; draw one with new_id().")
        with self.staging(record.id) as staging:
            staged = RunDirectory(staging)
            _write_new(staged.job, codec.encode(record))
            _write_new(staged.receipt, codec.encode(receipt))
            queued = {"t": record.created, "state": "queued", "attempt": 1}
            # Not synced: all that a power cut could take of it is said by job.json.
            staged.events.write_bytes(wire.encode(history.STATE, **queued))
            sync_directory(staging)
            with self._kept_secrets(record.id, secret_values):
                self._publish(staging, record.id)
        sync_directory(self._home.jobs)

    @contextmanager
    def staging(self, job_id: str) -> Iterator[Path]:
        """Give a new folder in which to prepare a job; what is not moved out of it is deleted."""
        self._make(self._home.jobs, 0o755)
        staging = self._home.jobs / f"{STAGING}{job_id}-{secrets.token_hex(4)}"
        staging.mkdir()
        try:
            yield staging
        finally:
            if staging.exists():
                delete_tree(staging)

    def admit(self, prepared: Path, job_id: str) -> None:
        """Make a run directory that was prepared whole and durable, in a staging folder, the job's.

        Raises Conflict when the id is taken; nothing is changed then.
        """
        self._publish(prepared, job_id)
        sync_directory(self._home.jobs)

    def remove(self, job_id: str) -> None:
        """Delete the job and its secrets; it is gone from the listing in one step."""
        self.forget_secrets(job_id)
        try:
            discard(self._run(job_id).path)
        except FileNotFoundError:
            raise _unknown(job_id) from None

    def forget_secrets(self, job_id: str) -> None:
        """Delete the job's secret values, if it still has any."""
        self._secrets_file(job_id).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what crashes left behind; the steward calls this when it begins."""
        sweep(self._home)

    # --- reading

    def ids(self) -> list[str]:
        """List every job's id, in no order."""
        try:
            found = os.listdir(self._home.jobs)  # noqa: PTH208 - a Path for each is slow
        except FileNotFoundError:
            return []
        return [name for name in found if names.is_id(name)]

    def listing_token(self) -> int | None:
        """What equals an earlier answer only if no job was created or removed in between.

        None when the folder has changed so lately that this cannot be told.
        """
        try:
            changed = self._home.jobs.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        return changed if time.time_ns() - changed > SETTLED_LISTING else None

    def read(self, job_id: str) -> JobRecord:
        """Read what was asked. Raises NotFound, Broken."""
        path = self._run(job_id).job
        record = codec.decode(self._bytes(job_id, path), JobRecord, path)
        if record.id != job_id:
            raise Broken(f"{path} is the record of job {record.id}; rename its folder back.")
        return record

    def receipt(self, job_id: str) -> dict[str, Any]:
        """Read the receipt. Raises NotFound, Broken."""
        path = self._run(job_id).receipt
        return codec.decode(self._bytes(job_id, path), dict[str, Any], path)

    def status(self, job_id: str) -> JobStatus:
        """Read what is so; a job nobody has looked at yet is queued. Raises NotFound, Broken."""
        path = self._run(job_id).status
        data = self._bytes(job_id, path, optional=True)
        return codec.decode(data, JobStatus, path) if data else JobStatus()

    def intent(self, job_id: str) -> Intent:
        """Read what is wanted; to run, unless somebody has said otherwise."""
        path = self._run(job_id).intent
        data = self._bytes(job_id, path, optional=True)
        return codec.decode(data, Intent, path) if data else Intent("run", 0.0)

    def events(self, job_id: str) -> list[dict[str, Any]]:
        """Read the job's history."""
        return list(history.read_events(self._existing(job_id).events))

    def resolve(self, text: str, newest_named: Callable[[str], str | None] | None = None) -> str:
        """Find the id that a person means by an id, a beginning of one (3 or more) or a name.

        ``newest_named`` (the index's) spares reading every record. Raises NotFound, BadInput.
        """
        return names.resolve(text, set(self.ids()), newest_named or self._newest_named)

    # --- writing

    def want(self, job_id: str, target: Target) -> Intent:
        """Say what is wanted; it only goes run → stop → remove. Returns what is in force."""
        run = self._existing(job_id)
        with self._locked(run):
            now = self.intent(job_id)
            if _ORDER[target] > _ORDER[now.target]:
                now = Intent(target, time.time())
                self._write_intent(run, now)
            return now

    def _write_intent(self, run: RunDirectory, intent: Intent) -> None:
        """Write what is wanted; who sees it at once may have removed the job before it is synced.

        Raises NotFound when somebody else has.
        """
        try:
            write_atomic(run.intent, codec.encode(intent))
        except FileNotFoundError:
            if intent.target != "remove" or run.path.exists():
                raise _unknown(run.id) from None

    def write_status(self, job_id: str, status: JobStatus) -> None:
        """Replace what is so, durably; the steward alone calls this. Raises NotFound."""
        try:
            write_atomic(self._run(job_id).status, codec.encode(status))
        except FileNotFoundError:
            raise _unknown(job_id) from None

    def append_event(self, job_id: str, kind: str, **fields: Any) -> None:
        """Add to the job's history, durably. Raises NotFound."""
        try:
            history.append_event(self._run(job_id).events, kind, fields)
        except FileNotFoundError:
            raise _unknown(job_id) from None

    # --- underneath

    def _run(self, job_id: str) -> RunDirectory:
        if not names.is_id(job_id):
            raise _unknown(job_id)
        return self._home.run(job_id)

    def _existing(self, job_id: str) -> RunDirectory:
        run = self._run(job_id)
        if not run.path.is_dir():
            raise _unknown(job_id)
        return run

    def _bytes(self, job_id: str, path: Path, *, optional: bool = False) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self._existing(job_id)
            if optional:
                return b""
            raise Broken(f"{path} is missing; restore it, or remove the job.") from None

    @contextmanager
    def _locked(self, run: RunDirectory) -> Iterator[None]:
        """Keep other writers of the intent out; job.json is never replaced, so it can be locked."""
        try:
            descriptor = os.open(run.job, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            raise _unknown(run.id) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _secrets_file(self, job_id: str) -> Path:
        return self._home.secrets / f"{job_id}.json"

    @contextmanager
    def _kept_secrets(self, job_id: str, values: dict[str, str] | None) -> Iterator[None]:
        """Have the secrets on disk before there is a job, and not without one."""
        if not values:
            yield
            return
        self._make(self._home.secrets, 0o700)
        try:
            _write_new(self._secrets_file(job_id), msgspec.json.encode(values), 0o600)
        except FileExistsError:
            raise _taken(job_id) from None
        try:
            sync_directory(self._home.secrets)
            yield
        except BaseException:
            self.forget_secrets(job_id)
            raise

    def _publish(self, staging: Path, job_id: str) -> None:
        try:
            staging.rename(self._home.run(job_id).path)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise _taken(job_id) from None
            raise

    def _make(self, folder: Path, mode: int) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
            sync_directory(folder.parent)

    def _newest_named(self, name: str) -> str | None:
        found: list[tuple[float, str]] = []
        for job_id in self.ids():
            try:
                record = self.read(job_id)
            except (NotFound, Broken):
                continue
            if record.spec.name == name:
                found.append((record.created, job_id))
        return max(found)[1] if found else None


def _write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that nobody reads yet; raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _unknown(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id!r}; `longboat jobs` lists them.")


def _taken(job_id: str) -> Conflict:
    return Conflict(f"The id {job_id} is taken by another job; submit again with a new one.")
