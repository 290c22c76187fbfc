"""Moves every unfinished job toward what is wanted of it, one step at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from longboat.backends.base import ABSENT, AttemptRef, Backend, Observation
from longboat.backends.known import missing
from longboat.errors import LongboatError, NotFound, Unavailable
from longboat.jobs.executor import Executor, NoteModel, RegisterModel
from longboat.jobs.reconcile import reconcile
from longboat.jobs.reports import Reports
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import FINAL, JobRecord, JobStatus, Reported
from longboat.records.store import JobStore

log = logging.getLogger(__name__)

LIVE = ("waiting", "starting", "running")
LOG_INTERVAL = 60.0
"""Seconds between two complaints about the same job or backend."""


class JobController:
    """Executes what ``reconcile`` decides; holds nothing that a successor could not read again."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        index: JobIndex,
        backends: Mapping[str, Backend],
        register: RegisterModel,
        note: NoteModel,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._home = home
        self._store = store
        self._index = index
        self._backends = backends
        self._missing: dict[str, Backend] = {}
        self._executor = Executor(home, store, index, register, note)
        self._clock = clock
        self._active: dict[str, JobRecord] = {}
        self._done: set[str] = set()
        self._reports: dict[AttemptRef, Reports] = {}
        self._listed: int | None = None
        self._quiet_until: dict[str, float] = {}
        store.sweep()

    def step(self) -> bool:
        """Look at every unfinished job once; True when something was done and more may follow."""
        self._discover()
        named = [*self._backends, *(record.spec.backend for record in self._active.values())]
        moved = [self._step_backend(name, self._backend(name)) for name in dict.fromkeys(named)]
        return any(moved)

    def _backend(self, name: str) -> Backend:
        """Find a backend, or one that says to its jobs that it is missing."""
        found = self._backends.get(name)
        if found is None:
            found = self._missing.setdefault(name, missing(self._home, name))
        return found

    @property
    def unfinished(self) -> int:
        """Count the jobs that still need somebody, and for which somebody can do something."""
        return sum(record.spec.backend in self._backends for record in self._active.values())

    @property
    def finished(self) -> int:
        """Count the jobs that nobody need look at again, those included that have gone."""
        return len(self._done)

    def _discover(self) -> None:
        """Find jobs not seen before: the folder tells, so a crash of a submitter hides none."""
        token = self._store.listing_token()
        if token is not None and token == self._listed:
            return
        settled = frozenset() if self._done else self._index.settled()
        for job_id in self._store.ids():
            if job_id not in self._active and job_id not in self._done:
                self._admit(job_id, job_id in settled)
        self._listed = token

    def _admit(self, job_id: str, settled: bool) -> None:
        try:
            if settled and self._store.intent(job_id).target != "remove":
                self._done.add(job_id)
                return
            record, status = self._store.read(job_id), self._store.status(job_id)
            done = self._is_done(job_id)
        except LongboatError as error:
            log.error("Job %s is passed over: %s", job_id, error)
            self._done.add(job_id)
            return
        if done:
            self._index.put(record, status)
            self._done.add(job_id)
        else:
            self._active[job_id] = record

    def _step_backend(self, name: str, backend: Backend) -> bool:
        records = sorted(
            (r for r in self._active.values() if r.spec.backend == name),
            key=lambda record: (record.created, record.id),
        )
        statuses = self._statuses(records)
        records = [record for record in records if record.id in statuses]
        refs = {r.id: AttemptRef(r.id, statuses[r.id].attempt) for r in records}
        try:
            seen = backend.observe(list(refs.values()))
        except Unavailable as error:
            self._complain(name, error)
            return False
        ahead, acted = 0, False
        for record in records:
            observation = seen.get(refs[record.id], ABSENT)
            acted |= self._step_job(record, statuses[record.id], observation, ahead, backend)
            ahead += self._waits_in_line(record.id, observation)
        return acted

    def _statuses(self, records: list[JobRecord]) -> dict[str, JobStatus]:
        """Read them; a job that somebody has removed or damaged is forgotten."""
        statuses = {}
        for record in records:
            try:
                statuses[record.id] = self._store.status(record.id)
            except NotFound:
                self._forget(record.id)
            except LongboatError as error:
                log.error("Job %s is passed over: %s", record.id, error)
                self._forget(record.id)
        return statuses

    def _waits_in_line(self, job_id: str, observation: Observation) -> bool:
        if job_id not in self._active or observation.phase != "absent":
            return False
        try:
            return self._store.status(job_id).reason.startswith("waiting-")
        except NotFound:  # removed by somebody meanwhile; the next look forgets it
            return False

    def _step_job(
        self,
        record: JobRecord,
        status: JobStatus,
        observation: Observation,
        ahead: int,
        backend: Backend,
    ) -> bool:
        try:
            actions = reconcile(
                record,
                self._store.intent(record.id),
                status,
                observation,
                self._clock(),
                ahead,
                self._reported(record, status, observation),
                known=backend.name in self._backends,
            )
            moved = [self._executor.execute(a, record, status, backend) for a in actions]
        except NotFound:
            self._forget(record.id)
            return True
        except Exception as error:
            # One job that cannot be moved must not hold up the others; it is tried again.
            self._complain(record.id, error)
            return False
        # Only the steward writes that a job has ended: one that waits need not be read again.
        if (actions or status.state in FINAL) and self._is_done(record.id):
            self._forget(record.id)
        return any(moved)

    def _complain(self, about: str, error: Exception) -> None:
        """Log what is tried again, without end and four times a second, once in a while."""
        now = time.monotonic()
        if now < self._quiet_until.get(about, now):
            return
        self._quiet_until[about] = now + LOG_INTERVAL
        if isinstance(error, Unavailable):
            log.warning("%s waits: %s", about, error)
        else:
            log.error("%s could not be moved", about, exc_info=error)

    def _is_done(self, job_id: str) -> bool:
        try:
            status = self._store.status(job_id)
            kept = self._store.intent(job_id).target != "remove"
        except NotFound:
            return True
        return status.state in FINAL and status.settled and kept

    def _forget(self, job_id: str) -> None:
        self._active.pop(job_id, None)
        self._done.add(job_id)
        self._quiet_until.pop(job_id, None)
        for ref in [ref for ref in self._reports if ref.job == job_id]:
            del self._reports[ref]

    def _reported(
        self, record: JobRecord, status: JobStatus, observation: Observation
    ) -> Reported | None:
        """Read on in what the attempt reports."""
        if observation.phase == "absent":
            return None
        ref = AttemptRef(record.id, status.attempt)
        if ref not in self._reports:
            directory = self._home.run(record.id).attempt(status.attempt)
            self._reports[ref] = Reports(directory, record.spec)
        return self._reports[ref].read(fresh=observation.phase not in LIVE)
