"""One home, and everything that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from longboat.api.job import Job
from longboat.api.model import Model
from longboat.api.service import Service
from longboat.engine import Engine
from longboat.errors import BadInput
from longboat.records.layout import Home
from longboat.records.status import JobState

if TYPE_CHECKING:
    from longboat.boards.board import Board
    from longboat.housekeeping.pruning import Pruned
    from longboat.housekeeping.usage import Usage
    from longboat.jobs.submission import Plan
    from longboat.services.tries import Try
    from longboat.snapshots.manifest import Snapshot
    from longboat.spec.job import JobSpec


class Removed(NamedTuple):
    """What became of a job that was to be removed."""

    id: str
    name: str
    """Empty when the job's record could not be read."""
    gone: bool
    """False: it is being stopped, and goes when it has ended."""


class Client:
    """Talks to the files of a home and to its steward; holds nothing that needs closing."""

    def __init__(
        self, home: Path | str | None = None, say: Callable[[str], None] = lambda text: None
    ) -> None:
        """Open ``home``, else LONGBOAT_HOME, else the platform's user data folder.

        ``say`` is told in a sentence what a call is at, where that takes long.
        """
        self.engine = Engine(Home(Path(home)) if home is not None else Home(), say)

    def submit(self, entry: str | Path, **asked: Any) -> Job:
        """Submit a notebook or script as a job; when this returns, it will run.

        ``asked``: name, workers, chief, ps, evaluator, cpu, memory, gpu, parameters, env, secrets,
        files, python, kernel, requirements, model, deadline, retries, backend, image, volume,
        rehearse (spec/request.py says what each may be).
        Raises BadInput with every problem at once; there is then no job.
        """
        return self.commit(self.plan(entry, **asked))

    def plan(self, entry: str | Path, **asked: Any) -> Plan:
        """Do all of ``submit`` that changes nothing: what would run, and what would travel."""
        return self.engine.submission.plan(entry, **asked)

    def look(self, entry: str | Path, **asked: Any) -> Plan:
        """Tell what ``plan`` would, and raise what it would; to be looked at, not committed.

        Quick enough for each pause in typing: no environment is built, and nothing stored but the
        snapshot that a cluster's objects hold.
        """
        return self.engine.submission.look(entry, **asked)

    def travels(self, entry: str | Path, globs: Sequence[str] = ()) -> Snapshot:
        """Tell which files would travel with a notebook or script; nothing is stored.

        Raises BadInput, TooLarge.
        """
        return self.engine.snapshots.look(Path(entry), globs)

    def manifests(self, plan: Plan) -> list[dict[str, Any]] | None:
        """Show the objects that a plan would create on a cluster; None for a job of this machine.

        Of the Secret only the keys are shown. Raises Unavailable.
        """
        return self.engine.submission.preview(plan)

    def advice(
        self, spec: JobSpec, *, by_default: bool = False, writes_checkpoints: bool = False
    ) -> list[str]:
        """Say in sentences what to ask for otherwise, by what earlier jobs of the name needed.

        ``by_default``: nobody has asked for the memory it gets; ``writes_checkpoints``: whether
        they are kept matters.
        """
        return self.engine.submission.advise(
            spec, by_default=by_default, writes_checkpoints=writes_checkpoints
        )

    def commit(self, plan: Plan) -> Job:
        """Make a plan a job; when this returns, it will run."""
        return Job(self.engine, self.engine.submission.commit(plan))

    def again(self, text: str, **changes: Any) -> Job:
        """Submit what a job ran once more, from its own snapshot."""
        return self.job(text).again(**changes)

    def import_job(self, file: str | Path) -> tuple[Job, bool]:
        """Make a job that ``Job.export`` packed one of this home; it keeps its id.

        Gives the job, and whether it is new: one that is here already is left as it is. Raises
        BadInput when the file is no sound archive, Conflict when another job has its id; nothing is
        changed then.
        """
        arrival = self.engine.importer.read(Path(file).expanduser().absolute())
        return Job(self.engine, arrival.record), arrival.new

    def jobs(
        self, state: JobState | None = None, name: str | None = None, limit: int | None = None
    ) -> list[Job]:
        """List jobs, the newest first."""
        self.engine.revive()
        rows = self.engine.index.list(state=state, name=name, limit=limit)
        return [Job(self.engine, row.record, row.status) for row in rows]

    def unreadable(self) -> dict[str, str]:
        """List the jobs whose record cannot be read, and that ``jobs`` leaves out: id and why."""
        return self.engine.index.damaged()

    def job(self, text: str) -> Job:
        """Find a job by its id, the beginning of it, or its name (the newest of that name).

        Raises NotFound, BadInput (several match).
        """
        self.engine.revive()
        job_id = self.engine.store.resolve(text, self.engine.index.newest_named)
        return Job(self.engine, self.engine.store.read(job_id))

    def remove(self, text: str) -> Removed:
        """Delete a job, stopping it first; also one whose record cannot be read.

        Raises NotFound, BadInput, and Conflict when it cannot be read and may be running.
        """
        from longboat.jobs.unreadable import is_unreadable, remove_unreadable

        engine, name = self.engine, ""
        job_id = engine.store.resolve(text, engine.index.newest_named)
        if is_unreadable(engine.store, job_id):
            remove_unreadable(engine.store, job_id)
            engine.index.remove(job_id)
        else:
            job = self.job(job_id)
            name = job.name
            job.remove()
        return Removed(job_id, name, not engine.home.run(job_id).path.exists())

    def tensorboard(
        self, jobs: Sequence[Job], port: int | None = None
    ) -> AbstractContextManager[Board]:
        """Open TensorBoard on jobs for the length of a ``with`` block; it gives the ``Board``.

        ``Board.url`` is where it answers, ``Board.serve()`` keeps it up to date until it is
        interrupted. Raises BadInput when ``port`` is taken, Unavailable when TensorBoard is not
        installed or does not begin.
        """
        from longboat.boards.board import opened

        engine = self.engine
        shown = [engine.shown(job.record) for job in jobs]
        return opened(engine.home, shown, engine.store.status, port)

    def models(self) -> list[Model]:
        """List the newest version of every model."""
        return [Model(self.engine, version) for version in self.engine.models.newest()]

    def model(self, name: str, version: int | None = None) -> Model:
        """Find a model version; the newest unless told. Raises NotFound."""
        return Model(self.engine, self.engine.models.get(name, version))

    def versions(self, name: str) -> list[Model]:
        """List every version of a model, the newest first. Raises NotFound."""
        return [Model(self.engine, version) for version in self.engine.models.versions(name)]

    def add_model(self, name: str, path: str | Path) -> Model:
        """Register a SavedModel folder made elsewhere. Raises BadInput."""
        return Model(self.engine, self.engine.models.add(name, Path(path)))

    def deploy(self, model: str, service: str | None = None, *, wait: bool = True) -> Service:
        """Make a service of ``name`` or ``name@version``, or switch one to it.

        With ``wait`` it returns once the new version answers. Raises NotFound, BadInput.
        """
        return Model(self.engine, self.engine.models.resolve(model)).deploy(service, wait=wait)

    def tries(self, model: str) -> list[Try]:
        """List what was kept of a model's answers, the newest first."""
        return self.engine.tries.of(model)

    def remove_try(self, model: str, name: str) -> None:
        """Forget one of them, by its id. Raises NotFound."""
        self.engine.tries.remove(model, name)

    def place(self) -> dict[str, Any]:
        """Say where jobs can run, and what is free of this machine now.

        ``backends``: their names; ``mistake``: what is wrong with the list of clusters, or None;
        ``cpu`` in cores, ``memory`` in bytes and ``gpu``: {free, total}.
        """
        mistake = None
        try:
            self.engine.clusters()
        except BadInput as error:
            mistake = str(error)
        backends = list(self.engine.backends)
        return {"backends": backends, "mistake": mistake, **self.engine.free()}

    def usage(self) -> Usage:
        """Say what takes how much of the disk, and what could be freed by which command."""
        return self.engine.housekeeping.usage()

    def prune(self, *, dry_run: bool = False) -> Pruned:
        """Remove the jobs that retention.toml does not keep, and snapshots that nobody needs.

        ``dry_run`` only says which. Raises BadInput when the file has mistakes, Broken when it
        cannot be known which jobs models need.
        """
        return self.engine.housekeeping.prune(dry_run=dry_run)

    def removed(self) -> list[dict[str, Any]]:
        """List the jobs that retention has removed so far: t, job, name, size, reason."""
        return self.engine.housekeeping.removed()

    def services(self) -> list[Service]:
        """List all services."""
        self.engine.revive()
        return [Service(self.engine, view.name) for view in self.engine.services.list()]

    def service(self, name: str) -> Service:
        """Find a service. Raises NotFound."""
        self.engine.revive()
        return Service(self.engine, self.engine.services.get(name).name)
