"""What can go when an attempt has ended: copies of what the snapshot holds anyway."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from longboat.errors import LongboatError
from longboat.records.layout import AttemptDirectory
from longboat.snapshots.manifest import FileEntry
from longboat.snapshots.store import SnapshotStore
from longboat.spec.job import Replica


def tidy(
    attempt: AttemptDirectory, replicas: Iterable[Replica], snapshots_root: Path, address: str
) -> None:
    """Remove unchanged copies from the working folders, and what a crash left half made.

    What the job wrote stays, files of the snapshot that it changed included. When the snapshot is
    gone nothing can be told apart, and everything stays.
    """
    try:
        files: Iterable[FileEntry] = SnapshotStore(snapshots_root).manifest(address).files
    except LongboatError:
        files = ()
    for replica in replicas:
        directory = attempt.replica(replica)
        _remove_copies(directory.work, files)
        remove_temporaries(directory.path)
    remove_temporaries(attempt.path)


def _remove_copies(work: Path, files: Iterable[FileEntry]) -> None:
    folders: set[PurePosixPath] = set()
    for file in files:
        path = work / file.path
        with contextlib.suppress(OSError):
            if path.parent.resolve().is_relative_to(work.resolve()) and _is_copy(path, file):
                path.unlink()
                folders.update(PurePosixPath(file.path).parents)
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        with contextlib.suppress(OSError):  # something the job wrote is in it
            (work / folder).rmdir()


def _is_copy(path: Path, file: FileEntry) -> bool:
    status = path.lstat()
    if path.is_symlink() or not path.is_file() or status.st_size != file.size:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def remove_temporaries(folder: Path) -> None:
    """Remove what writers that were killed had not yet renamed: their names begin with a dot."""
    for path in folder.glob(".*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
