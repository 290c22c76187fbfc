"""Registered model versions, as folders under LONGBOAT_HOME/models.

``<name>/<version>/`` is TensorFlow Serving's layout with a model.json inside. A version is copied
beside its place and renamed there: it is whole or not there, and an existing one is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from longboat.errors import BadInput, Broken, NotFound
from longboat.models.folder import check_folder, copy_folder
from longboat.models.record import Lineage, ModelFacts, ModelRecord, ModelVersion
from longboat.records import codec
from longboat.records.layout import Home
from longboat.spec.names import check_name
from longboat.spec.savedmodel import read_endpoints
from longboat.system.files import sync_directory, write_atomic
from longboat.system.locks import FileLock

__all__ = ["ModelStore", "ModelVersion"]

RECORD = "model.json"
LINEAGE = "lineage.json"
LOCK_SECONDS = 600.0
"""Patience with another registrar, which may be copying gigabytes."""
TAKEN = (errno.ENOTEMPTY, errno.EEXIST)


class ModelStore:
    """The models of one home."""

    def __init__(self, home: Home) -> None:
        self._root = home.models
        self._locks = home.local / "models"

    def register(
        self,
        name: str,
        source: Path,
        facts: ModelFacts,
        patience: float = LOCK_SECONDS,
        lineage: Lineage | None = None,
    ) -> ModelVersion:
        """Make ``source`` the next version of ``name``.

        With ``lineage`` the version can say for itself where it comes from: the job may go.
        Registering the same attempt of the same job again finds its version: a crash between this
        and the record of it doubles nothing. Raises BadInput when ``source`` is no SavedModel that
        can be called, Unavailable when another registrar of the model is at work for longer than
        ``patience`` seconds.
        """
        check_name("model", name)
        check_folder(source)
        endpoints = read_endpoints(source)
        signatures = {key: endpoint.signature for key, endpoint in endpoints.items()}
        with self.lock(name).hold(patience):
            known = self._registered(name, facts)
            if known is not None:
                return known
            folder = self._root / name
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep(folder)
            incoming = folder / f"{_incoming_prefix()}{secrets.token_hex(4)}"
            try:
                size = copy_folder(source, incoming)
                if lineage is not None:
                    write_atomic(incoming / LINEAGE, codec.encode(lineage))
                record = ModelRecord(
                    name=name, version=0, signatures=signatures, size=size, facts=facts
                )
                return self._place(incoming, record)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    def add(self, name: str, path: Path) -> ModelVersion:
        """Register a SavedModel folder made elsewhere. Raises BadInput."""
        return self.register(name, path.expanduser().absolute(), ModelFacts(created=time.time()))

    def lineage(self, version: ModelVersion) -> Lineage | None:
        """Read what it was made from; None for one made elsewhere. Raises Broken."""
        path = version.path / LINEAGE
        try:
            return codec.decode(path.read_bytes(), Lineage, path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Broken(f"{path} cannot be read: {error.strerror}.") from error

    def names(self) -> list[str]:
        """List the models that have a version, in order."""
        found = self._root.iterdir() if self._root.is_dir() else ()
        return sorted(folder.name for folder in found if self.numbers(folder.name))

    def numbers(self, name: str) -> list[int]:
        """List a model's versions by number, damaged ones too, the newest first.

        There are none of what cannot be a model's name.
        """
        try:
            check_name("model", name)
            entries = os.listdir(self._root / name)  # noqa: PTH208
        except (BadInput, OSError):
            return []
        digits = (entry for entry in entries if entry.isascii() and entry.isdigit())
        return sorted((int(entry) for entry in digits if entry[0] != "0"), reverse=True)

    def versions(self, name: str) -> list[ModelVersion]:
        """List every version of a model, the newest first; ``damaged`` has those left out.

        Raises NotFound.
        """
        return list(self._readable(name, self._numbers_of(name)))

    def newest(self) -> list[ModelVersion]:
        """List the newest version of every model, by name; ``damaged`` has those left out."""
        return [
            version
            for name in self.names()
            for version in itertools.islice(self._readable(name, self.numbers(name)), 1)
        ]

    def damaged(self) -> dict[str, str]:
        """List the versions whose record cannot be read: ``name@version`` and why."""
        found = {}
        for name in self.names():
            for number in self.numbers(name):
                try:
                    self._read(name, number)
                except Broken as error:
                    found[f"{name}@{number}"] = str(error)
        return found

    def half_copied(self) -> list[Path]:
        """List the copies of registrars of this machine that have died, or are at work."""
        folders = self._root.iterdir() if self._root.is_dir() else ()
        return [left for folder in folders for left in _incoming(folder)]

    def sweep(self, name: str) -> None:
        """Remove a model's half copies. Raises Unavailable while a registrar is at work on it."""
        with self.lock(name).hold(0.0):
            self._sweep(self._root / name)

    def lock(self, name: str) -> FileLock:
        """What a registrar of the model holds."""
        return FileLock(self._locks / f"{name}.lock")

    def get(self, name: str, version: int | None = None) -> ModelVersion:
        """Find a version, the newest unless told. Raises NotFound with what there is."""
        numbers = self._numbers_of(name)
        if version is None:
            return self._read(name, numbers[0])
        if version not in numbers:
            known = ", ".join(str(number) for number in reversed(numbers))
            raise NotFound(f"Model {name} has no version {version}; it has: {known}.")
        return self._read(name, version)

    def resolve(self, reference: str) -> ModelVersion:
        """Find ``name`` or ``name@version``. Raises NotFound, BadInput."""
        name, at, number = reference.partition("@")
        if at and not (number.isascii() and number.isdigit() and len(number) < 10):
            raise BadInput.of(
                "model", f"{reference!r} names no version; write for example {name}@3."
            )
        return self.get(name, int(number) if at else None)

    def _numbers_of(self, name: str) -> list[int]:
        numbers = self.numbers(name)
        if not numbers:
            known = ", ".join(self.names()) or "none yet"
            raise NotFound(f"There is no model {name!r}; registered models: {known}.")
        return numbers

    def _readable(self, name: str, numbers: Iterable[int]) -> Iterator[ModelVersion]:
        for number in numbers:
            with contextlib.suppress(Broken):
                yield self._read(name, number)

    def _read(self, name: str, version: int) -> ModelVersion:
        path = self._root / name / str(version)
        file = path / RECORD
        try:
            record = codec.decode(file.read_bytes(), ModelRecord, file, oldest=0)
        except (OSError, Broken) as error:
            why = str(error).rstrip(".")
            raise Broken(f"The record of model {name}@{version} cannot be read: {why}.") from error
        return ModelVersion(record, path)

    def _registered(self, name: str, facts: ModelFacts) -> ModelVersion | None:
        """Find what an earlier call has registered for the same attempt."""
        if facts.job is None:
            return None
        for found in self._readable(name, self.numbers(name)):
            of = found.record.facts
            if (of.job, of.attempt) == (facts.job, facts.attempt):
                return found
        return None

    def _place(self, incoming: Path, record: ModelRecord) -> ModelVersion:
        """Rename the copy to the next free number; registrars on other machines may race us."""
        folder = incoming.parent
        while True:
            number = max(self.numbers(record.name), default=0) + 1
            numbered = msgspec.structs.replace(record, version=number)
            write_atomic(incoming / RECORD, codec.encode(numbered))
            try:
                incoming.rename(folder / str(number))
            except OSError as error:
                if error.errno in TAKEN:
                    continue
                raise
            sync_directory(folder)
            sync_directory(folder.parent)
            return ModelVersion(numbered, folder / str(number))

    def _sweep(self, folder: Path) -> None:
        """Remove what registrars that died here left half copied; we hold their lock."""
        for left in _incoming(folder):
            shutil.rmtree(left, ignore_errors=True)


def _incoming(folder: Path) -> list[Path]:
    return list(folder.glob(f"{_incoming_prefix()}*"))


def _incoming_prefix() -> str:
    """Mark copies as this machine's: the lock says nothing about those of others."""
    return f".incoming-{hashlib.sha256(os.uname().nodename.encode()).hexdigest()[:8]}-"
