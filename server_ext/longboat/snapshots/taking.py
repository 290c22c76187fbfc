"""Take one snapshot: read what was chosen, store it, list it."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from longboat.errors import TooLarge
from longboat.snapshots.blobs import Batch
from longboat.snapshots.choosing import Limit, choose
from longboat.snapshots.manifest import FileEntry, Manifest
from longboat.snapshots.notes import Notes
from longboat.snapshots.private import holds_private_key
from longboat.snapshots.reading import read_steady
from longboat.snapshots.stripping import stripped
from longboat.snapshots.walking import Candidate, Folder
from longboat.spec.document import LARGEST, refuse
from longboat.spec.notebook import NotebookFacts
from longboat.spec.problems import Problems, shown

DEFAULT_LIMIT = 50_000_000
"""Bytes that travel by themselves."""


class Taking:
    """One taking of a snapshot."""

    def __init__(self, folder: Folder, facts: NotebookFacts, batch: Batch, limit: int) -> None:
        self.folder, self.facts, self.batch, self.limit = folder, facts, batch, limit
        self.notes = Notes()
        self.problems = Problems()

    def take(self, globs: Sequence[str]) -> tuple[Manifest, list[str]]:
        """Store everything, durably; give the manifest and the warnings."""
        first = self._entry()
        limit = Limit(self.limit, len(first))
        choice = choose(self.folder, self.facts, globs, limit, self.notes)
        with self.batch as batch:
            files = [self._file(batch, self.facts.path.name, first, executable=False)]
            left = self.limit - len(first)
            for candidate in choice.files:
                entry = self._store(batch, candidate, left, named=candidate.path in choice.named)
                if entry is not None:
                    files.append(entry)
                    left -= entry.size
            self.problems.finish()
            batch.commit()
        manifest = Manifest(
            entry=self.facts.path.name,
            files=tuple(sorted(files)),
            directories=tuple(choice.directories),
        )
        return manifest, [*choice.warnings, *self.notes.sentences()]

    def _entry(self) -> bytes:
        """The notebook, stripped, or the script as it is."""
        path = self.facts.path
        try:
            data, _ = read_steady(os.path.realpath(path), LARGEST)
        except OSError as error:
            raise refuse(path, f"cannot be read: {error.strerror}") from error
        data = stripped(path, data) if self.facts.kind == "notebook" else data
        if holds_private_key(data):
            raise refuse(path, "holds a private key, and secrets never travel; use --secret NAME")
        if len(data) > self.limit:
            raise TooLarge(
                f"{path.name} alone has {len(data):,} bytes, over the limit; shorten it."
            )
        return data

    def _store(
        self, batch: Batch, candidate: Candidate, left: int, *, named: bool
    ) -> FileEntry | None:
        """Store one file; None for one that is left out or cannot be read."""
        path = f"{self.folder.root}/{candidate.path}"
        try:
            if candidate.linked:
                path = self._target(path)
            data, steady = read_steady(path, left)
        except FileNotFoundError as error:
            if named:
                self._unreadable(candidate.path, error)
            self.notes.add("gone", candidate.path)
            return None
        except OSError as error:
            self._unreadable(candidate.path, error)
            return None
        if len(data) > left:
            raise TooLarge(
                f"{shown(candidate.path, 200)} grew over the limit while it was read; submit again "
                "when it holds still."
            )
        if holds_private_key(data):
            self._holds_key(candidate.path, named=named)
            return None
        if not steady:
            self.notes.add("changed", candidate.path)
        return self._file(batch, candidate.path, data, executable=candidate.executable)

    def _target(self, path: str) -> str:
        """Follow links once more: they may have been turned since the walk."""
        target = os.path.realpath(path)
        if not self.folder.holds(target):
            raise OSError(errno.ELOOP, "a link on the way was turned while it was read")
        return target

    def _file(self, batch: Batch, path: str, data: bytes, *, executable: bool) -> FileEntry:
        return FileEntry(path, len(data), batch.add(data), executable)

    def _unreadable(self, path: str, error: OSError) -> None:
        self.problems.add(
            "files",
            f"{shown(path, 200)} cannot be read: {error.strerror}. If the job does not need it, "
            "name it in a .longboatignore.",
        )

    def _holds_key(self, path: str, *, named: bool) -> None:
        if named:
            self.problems.add(
                "files",
                f"{shown(path, 200)} holds a private key, and secrets never travel; use --secret "
                "NAME.",
            )
        else:
            self.notes.add("key", path)
