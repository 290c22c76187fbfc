"""Which files of an ended job go into an archive."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from longboat.archives import layout
from longboat.archives.contents import Packed
from longboat.records.files import PASSED_OVER
from longboat.records.layout import RunDirectory
from longboat.snapshots.store import SnapshotStore

MODEL = "model"
_OF_LONGBOAT = 4
"""Parts of ``attempts/<k>/<replica>/<name>``: up to there only Longboat itself writes."""


class Choice(NamedTuple):
    """What is asked for beside what every archive has."""

    model: bool = False
    checkpoints: bool = False


class Source(NamedTuple):
    """A file to pack, and under which path."""

    path: str
    place: Path


class Left(NamedTuple):
    """Something of the job that stays behind."""

    what: str
    """``model``, ``checkpoints``, or the path of what is no plain file."""
    size: int
    """Bytes."""


class Packing:
    """The files of one job, found at one moment."""

    def __init__(self, run: RunDirectory, choice: Choice) -> None:
        self._run = run
        self._choice = choice
        self.left: list[Left] = []

    def sources(self, snapshots: SnapshotStore, address: str) -> Iterator[Source]:
        """List what is packed, the records first; what stays behind is added to ``left``."""
        for path in layout.RECORDS:
            yield Source(path, self._run.path / Path(path).name)
        yield Source(layout.MANIFEST, snapshots.manifest_path(address))
        for sha256 in sorted({file.sha256 for file in snapshots.manifest(address).files}):
            yield Source(layout.blob(sha256), snapshots.blobs.path(sha256))
        yield from self._tree("attempts")
        yield from self._tree("checkpoints")

    def _tree(self, name: str) -> Iterator[Source]:
        left = dict[str, int]()
        for place in _files(self._run.path / name):
            inside = place.relative_to(self._run.path)
            path = f"{layout.JOB}/{inside.as_posix()}"
            unwanted = self._unwanted(inside, place, path)
            if unwanted is None:
                yield Source(path, place)
            elif unwanted:
                left[unwanted] = left.get(unwanted, 0) + place.lstat().st_size
        self.left += [Left(*each) for each in left.items()]

    def _unwanted(self, inside: Path, place: Path, path: str) -> str | None:
        """Say as what it stays behind; None when it is packed, nothing when it is nobody's."""
        parts = inside.parts
        if _is_temporary(parts):
            return ""
        if parts[0] == "checkpoints" and not self._choice.checkpoints:
            return "checkpoints"
        if parts[3:4] == (MODEL,) and not self._choice.model:
            return MODEL
        plain = stat.S_ISREG(place.lstat().st_mode) and layout.is_allowed(path)
        return None if plain else inside.as_posix()


def packed(source: Source) -> Packed:
    """Describe a file as it is now. Raises OSError."""
    with source.place.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        state = os.fstat(file.fileno())
    return Packed(source.path, state.st_size, digest, bool(state.st_mode & stat.S_IXUSR))


def _files(folder: Path) -> Iterator[Path]:
    """Give all that is no folder under ``folder``, in order; links are not followed."""
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER)
        links = [name for name in folders if Path(parent, name).is_symlink()]
        yield from (Path(parent, name) for name in sorted([*names, *links]))


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _is_temporary(parts: tuple[str, ...]) -> bool:
    return parts[0] == "attempts" and any(p.startswith(".") for p in parts[:_OF_LONGBOAT])
