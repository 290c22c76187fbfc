"""Makes an archive a job of this home, in one step that is the last.

Until the run directory is renamed into its place nothing lists the job; what a crash leaves before
that is a staging folder, contents without a name in the snapshots, and at most a whole model
version, which the next import of the archive finds again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from longboat.archives import layout
from longboat.archives.checking import Package, check
from longboat.archives.contents import Contents, unsound
from longboat.archives.source import opened
from longboat.archives.unpacking import Unpacking
from longboat.errors import BadInput, Broken, Conflict, NotFound, Unavailable
from longboat.explain.words import one_line
from longboat.guest import wire
from longboat.models.folder import check_folder
from longboat.models.origin import facts_of
from longboat.models.store import ModelStore
from longboat.records import codec
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import Imported, JobRecord, JobStatus
from longboat.records.store import JobStore
from longboat.snapshots.store import SnapshotStore
from longboat.spec.quantities import format_memory
from longboat.spec.savedmodel import SAVED_MODEL, read_endpoints
from longboat.system.files import sync_directory, write_atomic


class Arrival(NamedTuple):
    """A job that is here."""

    record: JobRecord
    new: bool
    """False when it was here before, and nothing was changed."""


class Importer:
    """Imports into one home."""

    def __init__(
        self,
        home: Home,
        store: JobStore,
        index: JobIndex,
        snapshots: SnapshotStore,
        models: ModelStore,
    ) -> None:
        self._home = home
        self._store = store
        self._index = index
        self._snapshots = snapshots
        self._models = models

    def read(self, archive: Path) -> Arrival:
        """Make the job in ``archive`` one of this home; durable when this returns.

        Raises BadInput for field ``file`` when it is no sound archive of a job that has ended,
        Conflict when another job has its id, Unavailable when there is no room. Nothing is changed
        then, nor when the job is here already.
        """
        try:
            with opened(archive) as source:
                unpacking = Unpacking(source)
                self._check_room(unpacking.contents)
                with self._store.staging(unpacking.contents.job) as folder:
                    unpacking.unpack(folder)
                    package = check(archive, unpacking.contents, folder)
                    return self._here(package) or self._admit(archive, unpacking.contents, package)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unavailable(
                f"The job cannot be written to {self._home.path}: {reason}."
            ) from error

    def _check_room(self, contents: Contents) -> None:
        """Refuse what would fill the disk, before it does."""
        there = next(path for path in (self._home.path, *self._home.path.parents) if path.exists())
        free, wanted = shutil.disk_usage(there).free, sum(file.size for file in contents.files)
        if wanted > free:
            raise Unavailable(
                f"The job needs {format_memory(wanted)}, and {there} has {format_memory(free)} "
                "free; make room there, then import it again."
            )

    def _here(self, package: Package) -> Arrival | None:
        """Find the job here; None when its id is free."""
        job_id = package.record.id
        try:
            known = self._store.read(job_id)
        except NotFound:
            return None
        except Broken as error:
            raise Conflict(f"Another job has the id {job_id}, and is damaged: {error}") from None
        if replace(known, imported=None) == replace(package.record, imported=None):
            return Arrival(known, new=False)
        raise Conflict(
            f"The id {job_id} is taken by another job here, {known.spec.name}; remove that one, or "
            "import into another LONGBOAT_HOME."
        )

    def _admit(self, archive: Path, contents: Contents, package: Package) -> Arrival:
        with_model = _has_model(archive, package)
        self._snapshots.adopt(
            package.record.snapshot,
            (package.folder / layout.MANIFEST).read_bytes(),
            package.folder / layout.BLOBS,
        )
        model = self._register(package) if with_model else None
        record, status = _renewed(package, contents, model)
        _write_records(package, record, status)
        try:
            self._store.admit(package.run.path, record.id)
        except Conflict:  # another import was quicker
            if (known := self._here(package)) is not None:
                return known
            raise
        with contextlib.suppress(Unavailable):  # there is a job now; a listing finds it by itself
            self._index.put(record, status)
        return Arrival(record, new=True)

    def _register(self, package: Package) -> str:
        # Its interpreter is one of the machine where it ran.
        spec = replace(package.record.spec, python=None)
        facts = facts_of(replace(package.record, spec=spec), package.status, package.leader)
        version = self._models.register(spec.model, package.leader.model, facts)
        return f"{version.name}@{version.version}"


def _has_model(archive: Path, package: Package) -> bool:
    """Tell whether a model came that can be registered; BadInput for one that cannot."""
    source = package.leader.model
    if package.status.model is None or not (source / SAVED_MODEL).exists():
        return False
    try:
        check_folder(source)
        read_endpoints(source)
    except BadInput:
        raise unsound(
            archive, "is damaged: its model is no SavedModel that can be called"
        ) from None
    return True


def _renewed(
    package: Package, contents: Contents, model: str | None
) -> tuple[JobRecord, JobStatus]:
    """The records as this home has them: from elsewhere, ended, and with a model of here."""
    imported = Imported(
        who=one_line(contents.who, 100),
        host=one_line(contents.host, 100),
        when=contents.when,
        at=time.time(),
        model=package.status.model,
    )
    status = replace(package.status, model=model, settled=True)
    return replace(package.record, imported=imported), status


def _write_records(package: Package, record: JobRecord, status: JobStatus) -> None:
    """Replace the records that came, and make all of the run directory durable."""
    run = package.run
    receipt = {**package.receipt, "imported": msgspec.to_builtins(record.imported)}
    write_atomic(run.job, codec.encode(record))
    write_atomic(run.status, codec.encode(status))
    write_atomic(run.receipt, codec.encode(receipt))
    write_atomic(run.events, b"".join(wire.encode(**event) for event in package.events))
    for folder, _, _ in os.walk(run.path):
        sync_directory(Path(folder))
