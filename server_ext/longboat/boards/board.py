"""TensorBoard on some jobs: the folder it reads is kept as the jobs are."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from longboat.boards.folder import own_folder
from longboat.boards.process import TensorBoard, check_installed, choose_port
from longboat.boards.runs import JobRuns, Originals
from longboat.errors import LongboatError
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobStatus

METRICS_EVERY = 1.0
"""Seconds between two looks at what replicas report."""
LINKS_EVERY = 5.0
"""Seconds between two looks for event files: a working folder may hold many files."""

StatusOf = Callable[[str], JobStatus]


class Shown(NamedTuple):
    """A job that is to be shown."""

    record: JobRecord
    originals: Originals

    @property
    def run(self) -> str:
        """How its runs are called; below it come attempt and replica."""
        return f"{self.record.spec.name}-{self.record.id}"


class BoardJob:
    """A job that is shown, as long as anything of it changes."""

    def __init__(self, home: Home, shown: Shown, logdir: Path, status_of: StatusOf) -> None:
        self.shown = shown
        self.runs = JobRuns(home.run(shown.record.id), logdir / shown.run, shown.originals)
        self.settled = False
        self._status_of = status_of
        self._links_at = 0.0

    def update(self) -> None:
        """Bring its runs up to date; of a settled job for the last time."""
        if self.settled:
            return
        # Read before the files: what is settled then can be read to its end now.
        settled = self._is_settled()
        self.runs.update_metrics()
        if settled or time.monotonic() >= self._links_at:
            self.runs.update_links()
            self._links_at = time.monotonic() + LINKS_EVERY
        self.settled = settled

    def _is_settled(self) -> bool:
        try:
            return self._status_of(self.shown.record.id).settled
        except LongboatError:
            return True  # removed: what was shown stays

    def remarks(self) -> Iterator[str]:
        """Say what of the job is not shown."""
        spec, name = self.shown.record.spec, self.shown.record.spec.name
        if self.runs.empty:
            later = "" if self.settled else "; they are shown as they come"
            yield f"{name} has neither reported metrics nor written event files{later}."
        if spec.backend != "local":
            yield from self._remarks_of_cluster(name, spec.backend)

    def _remarks_of_cluster(self, name: str, cluster: str) -> Iterator[str]:
        if not self.settled:
            yield (
                f"Metrics of {name} are shown as they come; event files that it writes on "
                f"{cluster} come back when a replica ends."
            )
        yield (
            f"Event files of {name} are shown from its working folder; what it wrote elsewhere on "
            f"{cluster}, as beside its checkpoints, is not here."
        )


class Board:
    """A TensorBoard that answers; made by ``opened``."""

    def __init__(self, jobs: Sequence[BoardJob], logdir: Path, process: TensorBoard) -> None:
        self._jobs = jobs
        self._process = process
        self.url = process.url
        self.logdir = logdir

    @property
    def runs(self) -> dict[str, str]:
        """Job id → how its runs are called."""
        return {job.shown.record.id: job.shown.run for job in self._jobs}

    def remarks(self) -> list[str]:
        """Say in sentences what is not shown."""
        return [remark for job in self._jobs for remark in job.remarks()]

    def serve(self) -> None:
        """Keep it up to date until it is interrupted.

        Raises Unavailable when TensorBoard ends by itself, OSError when nothing can be written.
        """
        while not self._process.ended_within(METRICS_EVERY):
            self.update()
        raise self._process.end_of_its_own()

    def update(self) -> None:
        """Bring what it shows up to date. Raises OSError."""
        for job in self._jobs:
            job.update()


@contextlib.contextmanager
def opened(
    home: Home, shown: Sequence[Shown], status_of: StatusOf, port: int | None = None
) -> Iterator[Board]:
    """Open TensorBoard on jobs for the length of a block, and leave nothing.

    Raises BadInput when ``port`` is taken, Unavailable when TensorBoard is not installed or does
    not begin, OSError.
    """
    check_installed()
    chosen = choose_port(port)
    with own_folder(home) as folder, contextlib.ExitStack() as stack:
        logdir = folder / "runs"
        logdir.mkdir()
        jobs = [BoardJob(home, each, logdir, status_of) for each in shown]
        for job in jobs:
            job.update()
        process = TensorBoard(logdir, folder, chosen)
        stack.callback(process.close)
        process.wait_ready()
        yield Board(jobs, logdir, process)
