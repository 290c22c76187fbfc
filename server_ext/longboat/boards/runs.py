"""One job as runs of TensorBoard: what its replicas reported, and the event files it wrote."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from longboat.boards.scalars import ScalarFile
from longboat.records.files import PASSED_OVER
from longboat.records.follow import replica_directories
from longboat.records.layout import ReplicaDirectory, RunDirectory

_EVENT_FILE = "tfevents"
"""TensorBoard reads the files whose names have this in them."""


class Originals(NamedTuple):
    """The files that travelled with a job: copies of them are nothing that it wrote."""

    sizes: Mapping[str, int]
    """Path in the working folder → bytes."""

    def has(self, path: str, size: int) -> bool:
        """Tell whether a file of the working folder is as it came, as far as its size says."""
        return self.sizes.get(path) == size


class JobRuns:
    """Keeps ``<folder>/<attempt>/<replica>/…`` as the run directory is, which it only reads.

    Metrics are written as event files; event files of the job's own are links to where they lie, so
    that they grow as it writes: those of the working folder and the model's beside the metrics of
    their replica, those beside the checkpoints, which all attempts share, in ``checkpoints``.
    """

    def __init__(self, run: RunDirectory, folder: Path, originals: Originals) -> None:
        self._run = run
        self._folder = folder
        self._originals = originals
        self._scalars: dict[Path, ScalarFile] = {}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return not self._folder.exists()

    def update_metrics(self) -> None:
        """Write what was reported since the last time. Raises OSError."""
        for attempt, replica, directory in replica_directories(self._run):
            events = directory.events
            if events not in self._scalars:
                folder = self._folder / str(attempt) / str(replica)
                self._scalars[events] = ScalarFile(events, folder)
            self._scalars[events].update()

    def update_links(self) -> None:
        """Link the event files that have come, and drop links to what has gone. Raises OSError."""
        for attempt, replica, directory in replica_directories(self._run):
            folder = self._folder / str(attempt) / str(replica)
            for found in self._of_replica(directory):
                _link(found, folder)
        for found in _event_files(self._run.checkpoints):
            _link(found, self._folder / "checkpoints")
        for parent, _, names in os.walk(self._folder):
            for path in (Path(parent, name) for name in names):
                if path.is_symlink() and not path.exists():
                    path.unlink()

    def _of_replica(self, directory: ReplicaDirectory) -> Iterator[_Found]:
        for found in _event_files(directory.work):
            if not self._originals.has(found.path, found.size):
                yield found
        for found in _event_files(directory.model):
            yield found._replace(path=f"model/{found.path}")


class _Found(NamedTuple):
    file: Path
    path: str
    """Relative to the folder in which it was looked for."""
    size: int


def _event_files(folder: Path) -> Iterator[_Found]:
    """Find event files; links are not followed out of the folder."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in PASSED_OVER]
        for name in names:
            if _EVENT_FILE in name:
                file = Path(parent, name)
                with contextlib.suppress(FileNotFoundError):  # removed just now
                    found = file.lstat()
                    if stat.S_ISREG(found.st_mode):
                        yield _Found(file, file.relative_to(folder).as_posix(), found.st_size)


def _link(found: _Found, folder: Path) -> None:
    link = folder / found.path
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(found.file)
