"""The composition root: here everything is put together, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from longboat import summoning
from longboat.errors import Broken, LongboatError, UserError
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobStatus
from longboat.records.store import JobStore
from longboat.system.identity import Identity, alive

if TYPE_CHECKING:
    from longboat.archives.exporting import Exporter
    from longboat.archives.importing import Importer
    from longboat.backends.base import Backend, ModelNote
    from longboat.boards.board import Shown
    from longboat.environments.store import EnvironmentStore, Kept
    from longboat.housekeeping.housekeeping import Housekeeping
    from longboat.jobs.comparison import Comparing
    from longboat.jobs.submission import Submission
    from longboat.models.record import Lineage
    from longboat.models.store import ModelStore
    from longboat.records.files import WorkFiles
    from longboat.services.service import Services
    from longboat.services.tries import TryStore
    from longboat.snapshots.store import SnapshotStore
    from longboat.spec.cluster import ClusterConfig

log = logging.getLogger(__name__)

REGISTER_PATIENCE = 0.5
"""Seconds the steward waits for another registrar: it has other jobs to look after, and returns."""


class Controller(Protocol):
    """What the steward moves: jobs, services."""

    @property
    def unfinished(self) -> int:
        """Count what still needs the steward."""

    def step(self) -> bool:
        """Look once; True when another look may find more to do."""


class Engine:
    """The rooms of one home, each made when it is first asked for."""

    def __init__(self, home: Home, say: Callable[[str], None] = lambda text: None) -> None:
        """``say`` is told in a sentence what a call is at, where that takes long."""
        self.home = home
        self.say = say
        self._revived: Identity | None = None
        """The steward that was last started because there was none."""

    @cached_property
    def store(self) -> JobStore:
        """Jobs on disk."""
        return JobStore(self.home)

    @cached_property
    def index(self) -> JobIndex:
        """Jobs to list."""
        return JobIndex(self.home, self.store)

    @cached_property
    def snapshots(self) -> SnapshotStore:
        """What travelled with jobs."""
        from longboat.snapshots.store import SnapshotStore

        return SnapshotStore(self.home.snapshots, keep_out=[self.home.path])

    @cached_property
    def models(self) -> ModelStore:
        """Registered model versions."""
        from longboat.models.store import ModelStore

        return ModelStore(self.home)

    @cached_property
    def services(self) -> Services:
        """Deployed models."""
        from longboat.services.service import Services

        return Services(self.home, self.models)

    @cached_property
    def tries(self) -> TryStore:
        """What models were asked, kept."""
        from longboat.services.tries import TryStore

        return TryStore(self.home)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """What is held, and what of it may go."""
        from longboat.housekeeping.housekeeping import Housekeeping

        return Housekeeping(self.home, self.store, self.snapshots, self.models, self.remove)

    @cached_property
    def backends(self) -> Mapping[str, Backend]:
        """Where jobs can run, by name, as clusters.toml has it now."""
        from longboat.backends.known import Backends

        return Backends(self.home)

    def free(self) -> dict[str, dict[str, float]]:
        """Say what this machine has for jobs, and how much of it nobody holds."""
        from longboat.backends.local.pool import Pool

        return {
            name: {"free": each.total - each.used, "total": each.total}
            for name, each in Pool().usage().items()
        }

    def clusters(self) -> Mapping[str, ClusterConfig]:
        """Read which clusters ``--on`` may name. Raises BadInput: the file has mistakes."""
        from longboat.spec.clusters import clusters_file, read_clusters

        return read_clusters(clusters_file(self.home.path))

    @cached_property
    def submission(self) -> Submission:
        """The way from a notebook to an acknowledged job."""
        from longboat.jobs.submission import Submission

        return Submission(
            self.home,
            self.store,
            self.index,
            self.snapshots,
            self.backends,
            self.wake,
            self.clusters,
            lambda python, requirements: self.environments.ready(python, requirements, self.say),
        )

    @cached_property
    def environments(self) -> EnvironmentStore:
        """What jobs were given beside what their interpreters have."""
        from longboat.environments.store import EnvironmentStore

        return EnvironmentStore(self.home.environments, self.home.local)

    def prune_environments(self) -> list[Kept]:
        """Remove the environments that no unfinished job runs in; a later one is built anew."""
        rows = self.index.list()
        needed = {row.record.spec.python for row in rows if not row.status.settled}
        return self.environments.prune({python for python in needed if python is not None})

    @cached_property
    def comparing(self) -> Comparing:
        """Jobs beside each other."""
        from longboat.jobs.comparison import Comparing

        return Comparing(self.store, self.snapshots)

    @cached_property
    def exporter(self) -> Exporter:
        """Jobs as archives."""
        from longboat.archives.exporting import Exporter

        return Exporter(self.home, self.snapshots)

    @cached_property
    def importer(self) -> Importer:
        """Archives as jobs."""
        from longboat.archives.importing import Importer

        return Importer(self.home, self.store, self.index, self.snapshots, self.models)

    def files(self, record: JobRecord) -> WorkFiles:
        """What the leader of a job's last attempt wrote."""
        from longboat.records.files import Original, WorkFiles

        attempt = self.home.run(record.id).attempt(self.store.status(record.id).attempt)
        snapshot = self.snapshots.manifest(record.snapshot)
        originals = {file.path: Original(file.sha256, file.size) for file in snapshot.files}
        return WorkFiles(attempt.replica(record.spec.leader).work, originals)

    def shown(self, record: JobRecord) -> Shown:
        """What TensorBoard is to know of a job, beside its run directory."""
        from longboat.boards.board import Shown
        from longboat.boards.runs import Originals

        try:
            files = self.snapshots.manifest(record.snapshot).files
        except LongboatError:  # it is gone: nothing can be told apart
            files = ()
        return Shown(record, Originals({file.path: file.size for file in files}))

    def remove(self, record: JobRecord) -> None:
        """Delete a settled job, and have deleted what it keeps where it ran. Raises NotFound."""
        from longboat.backends.known import missing
        from longboat.jobs.removing import remove

        name = record.spec.backend
        backend = self.backends.get(name) or missing(self.home, name)
        remove(record, backend, self.store, self.index)

    def wake(self) -> None:
        """Make sure that a steward looks at what was just written.

        It is acknowledged by then: when no process can be started now, the next call starts one.
        """
        try:
            summoning.ensure(self.home)
        except OSError as error:
            log.warning("No steward could be started: %s", error)

    def revive(self) -> None:
        """Start a steward if work is left and none is there: the last one was killed.

        Whoever waits calls this many times a second: one that was started, and does not hold the
        lock yet, is given the time.
        """
        if self._revived is not None and alive(self._revived):
            return
        if not summoning.lock_of(self.home).held() and self.anything_unfinished():
            self._revived = summoning.start(self.home)

    def anything_unfinished(self) -> bool:
        """Tell whether a steward has anything to do here, and could."""
        return self.index.any_unsettled(self.backends) or self.services.any_unfinished()

    def controllers(self) -> list[Controller]:
        """What a steward moves."""
        from longboat.backends.local.serving import LocalServing
        from longboat.housekeeping.controller import HousekeepingController
        from longboat.jobs.controller import JobController
        from longboat.services.controller import ServiceController

        jobs = JobController(
            self.home, self.store, self.index, self.backends, self.register_model, self.note_model
        )
        return [
            jobs,
            ServiceController(self.home, LocalServing(self.home), self.models),
            HousekeepingController(self.home, jobs, self.housekeeping.prune),
        ]

    def register_model(self, record: JobRecord, status: JobStatus) -> str | None:
        """Register what the leader of a succeeded attempt left; None when it left no model."""
        from longboat.models.origin import facts_of

        leader = self.home.run(record.id).attempt(status.attempt).replica(record.spec.leader)
        if record.spec.rehearse or not (leader.model / "saved_model.pb").exists():
            return None
        version = self.models.register(
            record.spec.model,
            leader.model,
            facts_of(record, status, leader),
            patience=REGISTER_PATIENCE,
            lineage=self._lineage(record),
        )
        return f"{version.name}@{version.version}"

    def note_model(self, record: JobRecord, status: JobStatus) -> ModelNote | None:
        """What may be told elsewhere of the model that a job has left; None when there is none."""
        if status.model is None or record.imported is not None:
            return None
        from longboat.models.origin import note_of

        try:
            return note_of(self.models.resolve(status.model))
        except UserError:  # somebody has removed it
            return None

    def _lineage(self, record: JobRecord) -> Lineage | None:
        """What a model keeps of its job; None without a receipt, and then the job must be kept."""
        from longboat.models.record import Lineage

        try:
            return Lineage(job=record, receipt=self.store.receipt(record.id))
        except Broken:
            return None
