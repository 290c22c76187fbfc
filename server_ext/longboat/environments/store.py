"""The environments of a home: built once per content, and removed when nobody needs them."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from longboat.environments.building import build
from longboat.environments.record import RECORD, Environment, key_of, python_in
from longboat.errors import LongboatError
from longboat.records import codec
from longboat.snapshots.interpreter import ask
from longboat.system.files import write_atomic
from longboat.system.locks import FileLock

BUILD_SECONDS = 3600.0
"""How long whoever wants the same environment waits for another who builds it."""
FRESH_SECONDS = 3600.0
"""For so long one stays after a submit has asked for it."""


class Kept(msgspec.Struct, frozen=True):
    """An environment that is there."""

    key: str
    path: Path
    record: Environment
    used: float
    """When a job was last submitted that runs in it, in seconds since the epoch."""

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(python_in(self.path))

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        files = (Path(parent, name) for parent, _, names in os.walk(self.path) for name in names)
        return sum(file.lstat().st_blocks * 512 for file in files)


class EnvironmentStore:
    """``environments/`` of a home."""

    def __init__(self, root: Path, local: Path) -> None:
        """``local`` is on a local disk: for locks, and for what interpreters answered."""
        self._root = root
        self._locks = local / "environments"
        self._answers = local / "interpreters"

    def ready(self, python: str, requirements: tuple[str, ...], say: Callable[[str], None]) -> str:
        """Give the interpreter of the environment over ``python``, built if it is not there.

        ``say`` is told when it must be built. A crash leaves a folder that nobody uses. Raises
        BadInput when that cannot be done, Unavailable.
        """
        base = self.base_of(python)
        answer = ask(base, self._answers)
        key = key_of(base, answer, requirements)
        folder = self._root / key
        self._locks.mkdir(parents=True, exist_ok=True)
        with FileLock(self._locks / f"{key}.lock").hold(BUILD_SECONDS):
            if self._read(folder) is None:
                say(f"Building the environment of {len(requirements)} requirements …")
                self._build(folder, base, requirements)
        os.utime(folder)
        return str(python_in(folder))

    def base_of(self, python: str) -> str:
        """The interpreter over which the environment of ``python`` lies; itself if it is none."""
        folder = Path(python).parent.parent
        found = self._read(folder) if folder.parent == self._root else None
        return python if found is None else found.record.base

    def kept(self) -> list[Kept]:
        """List those that are whole, by key."""
        with contextlib.suppress(OSError):
            found = (self._read(each) for each in sorted(self._root.iterdir()))
            return [each for each in found if each is not None]
        return []

    def prune(self, needed: Collection[str]) -> list[Kept]:
        """Remove those whose interpreter is not among ``needed``, and what was left half built.

        One that was used just now may be a submitter's, whose job has no record yet.
        """
        removed = []
        for each in self.kept():
            fresh = time.time() - each.used < FRESH_SECONDS
            if not fresh and each.python not in needed and self._remove(each.path):
                removed.append(each)
        for left in self._half_built():
            self._remove(left)
        return removed

    def _build(self, folder: Path, base: str, requirements: tuple[str, ...]) -> None:
        """Build it in its place, as a venv cannot be moved; its record, written last, makes it."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        answer = ask(base, self._answers)
        try:
            build(folder, base, answer, requirements)
            there = ask(str(python_in(folder)), self._answers).distributions
            own = {n: v for n, v in there.items() if answer.distributions.get(n) != v}
            record = Environment(
                base=base, requirements=requirements, built=time.time(), installed=own
            )
            write_atomic(folder / RECORD, codec.encode(record))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _read(self, folder: Path) -> Kept | None:
        try:
            path = folder / RECORD
            record = codec.decode(path.read_bytes(), Environment, path)
            return Kept(folder.name, folder, record, folder.stat().st_mtime)
        except (OSError, LongboatError):
            return None

    def _half_built(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from (each for each in self._root.iterdir() if self._read(each) is None)

    def _remove(self, folder: Path) -> bool:
        """Remove one unless somebody builds it: the record first, so that no half of it is used."""
        lock = FileLock(self._locks / f"{folder.name}.lock")
        if not lock.acquire():
            return False
        try:
            (folder / RECORD).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
        return True
