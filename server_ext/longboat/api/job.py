"""A handle on one job."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from longboat.errors import BadInput, Conflict, NotFound, Unavailable
from longboat.jobs.view import describe
from longboat.records.status import FINAL, JobRecord, JobStatus

if TYPE_CHECKING:
    from longboat.api.model import Model
    from longboat.archives.exporting import Export
    from longboat.engine import Engine
    from longboat.jobs.comparison import Comparison
    from longboat.jobs.failed_cell import FailedCell
    from longboat.jobs.rehearsal import Report
    from longboat.jobs.submission import Plan
    from longboat.records.files import Written
    from longboat.records.sources import Item
    from longboat.snapshots.manifest import Snapshot
    from longboat.spec.job import Replica
    from longboat.spec.notebook import NotebookFacts

POLL_INTERVAL = 0.02
"""Seconds between looks at status.json: one stat call, far below what a person notices."""
SETTLING = 30.0
"""Seconds in which a backend clears away what an ended job left there; on a machine a moment."""


class Job:
    """A job that was acknowledged; everything is read afresh from its run directory."""

    def __init__(self, engine: Engine, record: JobRecord, status: JobStatus | None = None) -> None:
        self._engine = engine
        self._listed = status
        self.record = record
        self.id = record.id
        self.name = record.spec.name

    def __repr__(self) -> str:
        return f"<Job {self.name} {self.id}: {self.status.state}>"

    @property
    def directory(self) -> Path:
        """The run directory."""
        return self._engine.home.run(self.id).path

    @property
    def status(self) -> JobStatus:
        """What is so now. Raises NotFound once it was removed."""
        return self._engine.store.status(self.id)

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON; of a listed job as it was when listed."""
        return describe(self.record, self._listed or self.status)

    def stop(self) -> None:
        """Ask it to end; ``wait`` tells when it has. A job that has ended stays as it is.

        Raises Broken when its records cannot be read: nobody could stop it.
        """
        self._engine.store.status(self.id)
        self._engine.store.want(self.id, "stop")
        self._engine.wake()

    def remove(self) -> None:
        """Delete it with its logs and outputs, stopping it first; registered models stay."""
        self._engine.store.want(self.id, "remove")
        with contextlib.suppress(NotFound):  # a steward has been quicker
            if not self.status.settled:
                self._engine.wake()
                return
            self._engine.remove(self.record)
        self._engine.index.remove(self.id)
        self._engine.wake()  # what only it needed of the snapshots can go

    def again(self, **changes: Any) -> Job:
        """Submit its snapshot once more, with ``changes`` to what was asked."""
        return Job(self._engine, self._engine.submission.again(self.record, **changes))

    def look_again(self, **changes: Any) -> Plan:
        """Tell what ``again`` would run, and raise what it would; nothing does."""
        return self._engine.submission.look_again(self.record, **changes)

    def asked(self) -> dict[str, Any]:
        """What would have to be asked to get it, in the words of ``Client.submit``."""
        from longboat.spec.asking import asked_for

        return asked_for(self.record.spec)

    def facts(self) -> NotebookFacts:
        """What its notebook or script declares. Raises NotFound when the snapshot is gone."""
        return self._engine.submission.facts(self.record)

    def snapshot(self) -> Snapshot:
        """What travelled with it. Raises NotFound when that is gone."""
        return self._engine.snapshots.manifest(self.record.snapshot)

    def diff(self, other: Job, *, texts: bool = False) -> Comparison:
        """Say what is other in ``other``: cells, files, parameters, what was asked, environment.

        With ``texts`` also how text files changed. Raises NotFound when a snapshot is gone.
        """
        return self._engine.comparing.compare(self.id, other.id, texts=texts)

    def restore(self, folder: str | Path) -> Path:
        """Lay out the very files that travelled as ``folder``, new or empty; give its path.

        The notebook is as it was submitted. Raises BadInput when something is there.
        """
        place = Path(folder).expanduser().absolute()
        self._engine.snapshots.restore(self.record.snapshot, place)
        return place

    def export(self, file: str | Path, *, model: bool = False, checkpoints: bool = False) -> Export:
        """Pack the ended job into the new archive ``file``, for ``Client.import_job`` elsewhere.

        ``model`` and ``checkpoints`` go along on request. Raises Conflict while it has not ended,
        BadInput when the file is there, NotFound when it left no model.
        """
        from longboat.archives.packing import Choice

        place = Path(file).expanduser().absolute()
        status = self.wait_settled()
        if model and status.model is None:
            raise self._no_model()
        attempt = self._engine.home.run(self.id).attempt(status.attempt)
        if model and not attempt.replica(self.record.spec.leader).model.is_dir():
            raise NotFound(
                f"The folder of the model of job {self.id} is gone; export it without the model."
            )
        return self._engine.exporter.write(self.record, place, Choice(model, checkpoints))

    def wait_settled(self, timeout: float = SETTLING) -> JobStatus:
        """Block until nothing of the ended job changes any more; give its end state.

        Raises Conflict while it has not ended, Unavailable after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while not (status := self.status).settled:
            if status.state not in FINAL:
                raise Conflict(f"Job {self.id} is {status.state}; stop it, or wait for its end.")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"What job {self.id} left on {self.record.spec.backend} is not cleared away "
                    "yet; try again later."
                )
            self._engine.revive()
            time.sleep(POLL_INTERVAL)
        return status

    def wait(self, timeout: float | None = None) -> JobStatus:
        """Block until it has ended; give its end state.

        Raises TimeoutError after ``timeout`` seconds; the job goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        self._engine.revive()
        while (status := self.status).state not in FINAL:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"Job {self.id} is still {status.state} after {timeout} s.")
            time.sleep(POLL_INTERVAL)
            self._engine.revive()
        return status

    def replicas(self, name: str | None = None) -> list[Replica]:
        """List its replicas, or the one of that name, such as worker-0. Raises BadInput."""
        every = list(self.record.spec.replicas)
        chosen = [replica for replica in every if name in (None, str(replica))]
        if not chosen:
            known = ", ".join(map(str, every))
            raise BadInput.of("replica", f"Job {self.id} has no replica {name}; it has {known}.")
        return chosen

    def events(
        self, replica: str | None = None, *, attempt: int | None = None, tail: int | None = None
    ) -> Iterator[Item]:
        """Yield what happens until it has ended: states, log lines, cells, metrics, progress.

        Only of one ``replica`` or one ``attempt`` where named; of what was printed before, the last
        ``tail`` lines. The items are those of records/sources.py. Raises BadInput.
        """
        from longboat.api.following import events

        return events(self._engine, self, replica, attempt, tail)

    def follow(
        self, replica: str | None = None, *, attempt: int | None = None, tail: int | None = None
    ) -> None:
        """Show what happens until it has ended; interrupted, the job goes on. See ``events``.

        In a notebook's cell it is a card that is drawn anew, elsewhere lines that are printed.
        """
        from longboat.api.following import follow

        follow(self._engine, self, replica, attempt, tail)

    def metrics(self) -> dict[str, Any]:
        """The last value of each metric."""
        return self.status.metrics

    def report(self) -> Report:
        """What a rehearsal has found; of any other job, at most how it failed."""
        from longboat.jobs.rehearsal import report

        return report(self._engine.home.run(self.id), self.record, self.status)

    def failed_cell(self) -> FailedCell | None:
        """The cell it failed in, as executed; None where it did not fail in one."""
        from longboat.jobs.failed_cell import failed_cell

        return failed_cell(self._engine.home.run(self.id), self.record, self.status)

    def details(self) -> dict[str, Any]:
        """The stable JSON and its ``history``; of a rehearsal that has ended also what it found.

        The history lists state, attempt, since (seconds since the epoch), reason, message; what a
        rehearsal found are findings and remarks.
        """
        from longboat.records.phases import phases

        history = phases(self._engine.store.events(self.id))
        found = {**self.to_dict(), "history": [phase._asdict() for phase in history]}
        if not (self.record.spec.rehearse and self.status.state in FINAL):
            return found
        return {**found, **msgspec.to_builtins(self.report())}

    def receipt(self) -> dict[str, Any]:
        """What it was made from: hashes, who, when, interpreter, distributions."""
        return self._engine.store.receipt(self.id)

    def files(self) -> list[Written]:
        """What the leader wrote beside the notebook: paths and sizes in bytes."""
        return self._engine.files(self.record).written()

    def file(self, path: str) -> BinaryIO:
        """Open one of ``files`` to read. Raises NotFound."""
        return self._engine.files(self.record).open(path)

    def notebook(self) -> Path:
        """The notebook as executed, outputs included. Raises NotFound before it has begun."""
        attempt = self._engine.home.run(self.id).attempt(self.status.attempt)
        output = attempt.replica(self.record.spec.leader).output
        if not output.exists():
            raise NotFound(
                f"Job {self.id} has no executed notebook; wait until it has begun, and of a script "
                "see the logs."
            )
        return output

    @property
    def model(self) -> Model:
        """The model version it left. Raises NotFound."""
        from longboat.api.model import Model

        registered = self.status.model
        if registered is None:
            raise self._no_model()
        return Model(self._engine, self._engine.models.resolve(registered))

    def _no_model(self) -> NotFound:
        imported = self.record.imported
        if imported is not None and imported.model is not None:
            return NotFound(
                f"The model {imported.model} of job {self.id} did not come with it; ask for an "
                "export that has it."
            )
        return NotFound(f"Job {self.id} has left no model; export one to longboat.model_dir().")
