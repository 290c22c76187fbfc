"""The files that a job wrote into its working folder."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from longboat.errors import NotFound

PASSED_OVER = frozenset({"__pycache__", ".ipynb_checkpoints"})
"""Folders that interpreters and editors fill by themselves."""


class Original(NamedTuple):
    """A file as it was in the snapshot."""

    sha256: str
    """In hexadecimal."""
    size: int
    """Bytes."""


class Written(NamedTuple):
    """A file that the job made or changed."""

    path: str
    """Relative to the working folder, with ``/``."""
    size: int
    """Bytes."""


class WorkFiles:
    """What lies in a replica's working folder (the leader's, as a rule)."""

    def __init__(self, work: Path, originals: Mapping[str, Original]) -> None:
        """``originals``: the snapshot's manifest, path → what was copied into ``work``."""
        self._work = work
        self._originals = originals

    def written(self) -> list[Written]:
        """List the regular files that are new or differ from the snapshot's, by path."""
        return sorted(self._changed())

    def open(self, path: str) -> BinaryIO:
        """Open one of the folder's files to read.

        Raises NotFound when there is no such regular file in the folder: one that a link leads to
        outside of it is none.
        """
        missing = NotFound(f"The job has no file {path!r}; list its files to see which it has.")
        try:
            real = (self._work / path).resolve(strict=True)
            if not real.is_relative_to(self._work.resolve()):
                raise missing
            # Without waiting for a writer, should it be a pipe; and no link put there since.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(real, flags)
        except (OSError, RuntimeError, ValueError):
            raise missing from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise missing
        return os.fdopen(descriptor, "rb")

    def _changed(self) -> Iterator[Written]:
        for folder, folders, names in os.walk(self._work):
            folders[:] = [name for name in folders if name not in PASSED_OVER]
            for name in names:
                file = Path(folder, name)
                relative = file.relative_to(self._work).as_posix()
                try:
                    found = file.lstat()
                    if stat.S_ISREG(found.st_mode) and self._differs(relative, file, found.st_size):
                        yield Written(relative, found.st_size)
                except FileNotFoundError:
                    continue  # a running job removed it just now

    def _differs(self, relative: str, file: Path, size: int) -> bool:
        original = self._originals.get(relative)
        if original is None or original.size != size:
            return True
        try:
            with file.open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest() != original.sha256
        except PermissionError:
            return True  # the job closed it to readers, so it is not as it was
