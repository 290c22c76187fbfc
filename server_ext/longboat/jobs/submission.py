"""The way from a notebook to an acknowledged job: plan everything, then commit in one step."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Backend, Launch
from longboat.backends.known import LOCAL
from longboat.errors import BadInput, Unavailable
from longboat.guest.bundle import build
from longboat.jobs.advice import CHECKPOINT_DIR, SEARCHED, checkpoint_advice, memory_advice
from longboat.jobs.specifying import Environment, specify
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobStatus
from longboat.records.store import JobStore
from longboat.snapshots.manifest import Snapshot
from longboat.snapshots.receipt import receipt
from longboat.snapshots.store import SnapshotStore
from longboat.spec.asking import asked_for, read_request
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec
from longboat.spec.notebook import NotebookFacts, read_notebook
from longboat.spec.problems import Problems
from longboat.spec.request import JobRequest
from longboat.spec.source import Parameters


class Plan(msgspec.Struct, frozen=True):
    """A job that could be committed; nothing of it exists but its snapshot."""

    spec: JobSpec
    snapshot: Snapshot
    """Held, while the plan lives; of a plan that was only looked at it may not be stored."""
    folder: Path | None = None
    """The notebook's; None for a snapshot taken earlier."""
    writes_checkpoints: bool = False
    """Its code asks for the folder that is kept over attempts."""
    again: str | None = None


class Submission:
    """Turns what was asked into jobs."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        index: JobIndex,
        snapshots: SnapshotStore,
        backends: Mapping[str, Backend],
        wake: Callable[[], None],
        clusters: Callable[[], Mapping[str, ClusterConfig]],
        environment: Environment,
    ) -> None:
        """``clusters`` reads their configuration, and raises BadInput when that has mistakes.

        ``environment`` builds one that is not there.
        """
        self._home = home
        self._store = store
        self._index = index
        self._snapshots = snapshots
        self._backends = backends
        self._wake = wake
        self._clusters = clusters
        self._environment = environment
        self._interpreters = home.local / "interpreters"

    def plan(self, entry: str | Path, **asked: Any) -> Plan:
        """Check everything and take the snapshot.

        Raises BadInput with every problem, TooLarge; nothing is stored then.
        """
        return self._plan(read_request(entry, asked), self._snapshots.take, self._environment)

    def look(self, entry: str | Path, **asked: Any) -> Plan:
        """Tell what ``plan`` would, quickly, and raise what it would; it cannot be committed.

        No environment is built, and no snapshot stored but for a cluster, whose objects hold it.
        """
        request = read_request(entry, asked)
        here = request.backend == LOCAL
        return self._plan(request, self._snapshots.look if here else self._snapshots.take, None)

    def _plan(
        self,
        request: JobRequest,
        snapshot_of: Callable[..., Snapshot],
        environment: Environment | None,
    ) -> Plan:
        path, problems = Path(request.entry), Problems()
        backend = problems.attempt(None, self._backend, request.backend)
        notebook = problems.attempt(_unreadable(path), read_notebook, path)
        spec = specify(problems, request, notebook, backend, environment, self._interpreters)
        if problems.found and notebook.cells:
            problems.attempt(None, self._snapshots.check, path, request.files, facts=notebook)
        problems.finish()
        assert spec is not None
        snapshot = snapshot_of(path, request.files, facts=notebook)
        writes = notebook.words is not None and CHECKPOINT_DIR in notebook.words.names
        plan = Plan(replace(spec, entry=snapshot.entry), snapshot, path.parent, writes)
        self.preview(plan)
        return plan

    def preview(self, plan: Plan) -> list[dict[str, Any]] | None:
        """Show what the plan would create on a cluster; None for a job of this machine.

        Raises TooLarge when it can never be sent there, Unavailable.
        """
        if plan.spec.backend == LOCAL:
            return None
        job_id = self._store.new_id()
        launch = Launch(
            ref=AttemptRef(job_id, 1),
            spec=plan.spec,
            run_directory=self._home.run(job_id).path,
            snapshot=plan.snapshot.address,
            snapshots_root=self._home.snapshots,
            guest=build(self._home.guests),
            secrets_file=None,
        )
        return self._backend(plan.spec.backend).preview(launch)

    def advise(self, spec: JobSpec, *, by_default: bool, writes_checkpoints: bool) -> list[str]:
        """Say what a person may want to ask for otherwise; nothing in the way of the job.

        ``by_default``: how much memory it gets was not asked for.
        """
        found = [
            self._advise_memory(spec, by_default=by_default),
            self._advise_volume(spec) if writes_checkpoints else None,
        ]
        return [advice for advice in found if advice is not None]

    def _advise_volume(self, spec: JobSpec) -> str | None:
        # Mistakes in clusters.toml are nothing to a job of this machine.
        cluster = None if spec.backend == LOCAL else self._clusters().get(spec.backend)
        return None if cluster is None else checkpoint_advice(spec, cluster)

    def _advise_memory(self, spec: JobSpec, *, by_default: bool) -> str | None:
        try:
            earlier = self._index.list(name=spec.name, limit=SEARCHED)
        except Unavailable:
            return None
        return memory_advice(spec.resources.memory, earlier, by_default=by_default)

    def commit(self, plan: Plan) -> JobRecord:
        """Make the job durable and wake the steward; when this returns, it will run.

        Raises Unavailable when it cannot be written down; there is then no job.
        """
        try:
            record = self._create(plan)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unavailable(
                f"The job cannot be written to {self._home.path}: {reason}."
            ) from error
        with contextlib.suppress(Unavailable):  # there is a job now; a listing finds it by itself
            self._index.put(record, JobStatus())
        self._wake()
        return record

    def _create(self, plan: Plan) -> JobRecord:
        record = JobRecord(
            id=self._store.new_id(),
            created=time.time(),
            spec=plan.spec,
            snapshot=plan.snapshot.address,
            guest=build(self._home.guests).name,
            again=plan.again,
        )
        values = {name: os.environ[name] for name in plan.spec.secrets}
        self._store.create(record, self._receipt(plan), values)
        return record

    def again(self, record: JobRecord, **changes: Any) -> JobRecord:
        """Commit the record's snapshot as a new job, with ``changes`` to what was asked."""
        return self.commit(self._repeat(record, changes, self._environment))

    def look_again(self, record: JobRecord, **changes: Any) -> Plan:
        """Tell what ``again`` would run, and raise what it would; no environment is built."""
        return self._repeat(record, changes, None)

    def facts(self, record: JobRecord) -> NotebookFacts:
        """Read what the record's code declares, as it was when it was submitted."""
        with self._code_of(record) as entry:
            return read_notebook(entry)

    def _repeat(
        self, record: JobRecord, changes: Mapping[str, Any], environment: Environment | None
    ) -> Plan:
        snapshot = self._snapshots.hold(record.snapshot)
        asked = {**asked_for(record.spec), **changes}
        for name in _of_there(record, asked["backend"]):
            asked[name] = changes.get(name)
        if changes.get("kernel") is not None and changes.get("python") is None:
            del asked["python"]
        problems = Problems()
        with self._code_of(record) as entry:
            request = read_request(entry, asked)
            backend, facts = self._backend(request.backend), read_notebook(entry)
            spec = specify(problems, request, facts, backend, environment, self._interpreters)
        if request.files:
            problems.add("files", "A repeated job has the files of then; submit the notebook anew.")
        problems.finish()
        assert spec is not None
        plan = Plan(replace(spec, entry=record.spec.entry), snapshot, again=record.id)
        self.preview(plan)
        return plan

    @contextlib.contextmanager
    def _code_of(self, record: JobRecord) -> Iterator[Path]:
        """Write the entry and the modules that travelled with it, and give the entry's path."""
        with TemporaryDirectory(prefix="longboat-again-") as folder:
            for file in self._snapshots.manifest(record.snapshot).files:
                if file.path == record.spec.entry or file.path.endswith(".py"):
                    place = Path(folder) / file.path
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(self._snapshots.read(record.snapshot, file.path))
            yield Path(folder) / record.spec.entry

    def _receipt(self, plan: Plan) -> dict[str, Any]:
        """Write the receipt; a repeated job's snapshot keeps the commit it was taken at."""
        made = receipt(plan.snapshot, plan.spec, folder=plan.folder, cache=self._interpreters)
        if plan.again is not None:
            made["git"] = self._store.receipt(plan.again).get("git")
        return made

    def _backend(self, name: str) -> Backend:
        try:
            return self._backends[name]
        except KeyError:
            self._clusters()
            known = ", ".join(self._backends)
            message = f"There is no backend {name!r}; known: {known}; clusters.toml may name more."
            raise BadInput.of("backend", message) from None


def _unreadable(path: Path) -> NotebookFacts:
    """Stand in for a notebook that cannot be read, so that what else is wrong is told with it."""
    return NotebookFacts(path=path, kind="notebook", cells=(), parameters=Parameters(open=True))


def _of_there(record: JobRecord, backend: str) -> tuple[str, ...]:
    """What the record names of where the job ran, and means nothing where it is repeated."""
    if backend != record.spec.backend:
        return "python", "image", "volume"
    return ("python",) if record.imported else ()
