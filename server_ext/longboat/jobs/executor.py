"""Carries out one action; every one may be carried out again after a crash in the middle of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Backend, Launch, ModelNote
from longboat.errors import LongboatError, Unavailable
from longboat.explain.cause import Cause
from longboat.explain.table import explain
from longboat.guest import wire
from longboat.jobs.actions import (
    Action,
    Conclude,
    Record,
    Remove,
    Settle,
    Start,
    Stop,
    Succeed,
)
from longboat.jobs.reconcile import waiting
from longboat.jobs.removing import remove
from longboat.records.history import STATE
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobStatus
from longboat.records.store import JobStore

RegisterModel = Callable[[JobRecord, JobStatus], str | None]
"""Registers the model that the succeeded attempt's leader left; gives ``name@version`` or None."""
NoteModel = Callable[[JobRecord, JobStatus], ModelNote | None]
"""Says of the model that a job has left what may be told elsewhere; None when there is none."""


class Executor:
    """Knows where an action's effect goes: the record, the index, the backend, the models."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        index: JobIndex,
        register: RegisterModel,
        note: NoteModel,
    ) -> None:
        self._home = home
        self._store = store
        self._index = index
        self._register = register
        self._note = note

    def execute(
        self, action: Action, record: JobRecord, status: JobStatus, backend: Backend
    ) -> bool:
        """Carry it out; True when another look at the job may now find more to do."""
        match action:
            case Start(ref):
                return self._start(ref, record, status, backend)
            case Stop(ref):
                backend.stop(ref)
                return False
            case Record(new):
                self._write(record, status, new)
            case Succeed(_, new):
                self._conclude(record, status, self._with_model(record, new))
            case Conclude(new):
                self._conclude(record, status, new)
            case Settle(new):
                self._settle(record, new, backend)
            case Remove():
                remove(record, backend, self._store, self._index)
        return True

    def _start(
        self, ref: AttemptRef, record: JobRecord, status: JobStatus, backend: Backend
    ) -> bool:
        shortage = backend.start(self._launch(ref, record))
        if shortage is None:
            return True
        new = waiting(status, shortage)
        if new != status:
            self._write(record, status, new)
        return False

    def _launch(self, ref: AttemptRef, record: JobRecord) -> Launch:
        secrets = self._home.secrets / f"{record.id}.json"
        return Launch(
            ref=ref,
            spec=record.spec,
            run_directory=self._home.run(record.id).path,
            snapshot=record.snapshot,
            snapshots_root=self._home.snapshots,
            guest=self._home.guests / record.guest,
            secrets_file=secrets if record.spec.secrets else None,
        )

    def _with_model(self, record: JobRecord, status: JobStatus) -> JobStatus:
        try:
            return replace(status, model=self._register(record, status))
        except Unavailable:
            raise
        except (LongboatError, OSError) as error:
            explanation = explain(Cause("model-not-registered", {"error": _plainly(error)}))
            return replace(
                status,
                state="failed",
                reason=explanation.reason,
                message=explanation.sentence,
            )

    def _conclude(self, record: JobRecord, old: JobStatus, new: JobStatus) -> None:
        self._store.forget_secrets(record.id)
        self._write(record, old, new)

    def _settle(self, record: JobRecord, new: JobStatus, backend: Backend) -> None:
        self._publish(record, new, backend)
        for attempt in range(1, new.attempt + 1):
            backend.clean(AttemptRef(record.id, attempt))
        self._store.write_status(record.id, new)
        self._index.put(record, new)

    def _publish(self, record: JobRecord, status: JobStatus, backend: Backend) -> None:
        """Tell of its model where it ran; what nobody may do there is only noted."""
        note = self._note(record, status)
        if note is None:
            return
        try:
            backend.publish(AttemptRef(record.id, status.attempt), note)
        except Unavailable:
            raise
        except LongboatError as error:
            self._remark(record.id, f"{status.model} is not noted on {backend.name}: {error}")

    def _remark(self, job_id: str, message: str) -> None:
        """Add a warning to the job's history, once."""
        history = self._store.events(job_id)
        if not any(event.get("message") == message for event in history):
            self._store.append_event(job_id, wire.WARNING, message=message)

    def _write(self, record: JobRecord, old: JobStatus, new: JobStatus) -> None:
        """History first, then the fact: a follower that sees an end state has its history."""
        if _headline(old) != _headline(new):
            self._tell(record.id, new)
        self._store.write_status(record.id, new)
        self._index.put(record, new)

    def _tell(self, job_id: str, status: JobStatus) -> None:
        """Add the change to the job's history, unless a crash came between that and the fact."""
        told = {name: getattr(status, name) for name in ("state", "reason", "message", "attempt")}
        history = self._store.events(job_id)
        if not history or not told.items() <= history[-1].items():
            self._store.append_event(job_id, STATE, **told)


def _headline(status: JobStatus) -> tuple[str, str, str, int]:
    return status.state, status.reason, status.message, status.attempt


def _plainly(error: Exception) -> str:
    """Say it without the number and the quotes with which Python writes an OSError."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
