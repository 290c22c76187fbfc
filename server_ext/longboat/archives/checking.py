"""Whether what was unpacked is a job that has ended; its records are made anew of what is known.

A record may say anything. Only what Longboat itself could have written is taken: a job that could
be submitted here, an end state, texts of one line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from longboat.archives import layout
from longboat.archives.contents import Contents, is_time, later, unsound
from longboat.errors import BadInput, Broken, NewerFormat
from longboat.explain.words import one_line
from longboat.records import codec, history
from longboat.records.layout import AttemptDirectory, ReplicaDirectory, RunDirectory
from longboat.records.names import is_id
from longboat.records.status import FINAL, JobRecord, JobState, JobStatus
from longboat.snapshots import manifest as manifests
from longboat.snapshots.manifest import Manifest
from longboat.snapshots.receipt import read_receipt
from longboat.spec.asking import asked_for, read_request
from longboat.spec.job import JobSpec
from longboat.spec.notebook import read_notebook
from longboat.spec.problems import shown
from longboat.spec.request import resolve

T = TypeVar("T")

LONGEST_TEXT = 10_000
_REASON = re.compile(r"[a-z0-9-]{0,60}")


class Package(NamedTuple):
    """A job that was unpacked, checked."""

    record: JobRecord
    status: JobStatus
    receipt: dict[str, Any]
    events: list[dict[str, Any]]
    """The job's own history."""
    folder: Path
    """Where it was unpacked."""

    @property
    def run(self) -> RunDirectory:
        """The run directory that came."""
        return RunDirectory(self.folder / layout.JOB)

    @property
    def leader(self) -> ReplicaDirectory:
        """The folder of the last attempt's leader."""
        return self.attempt.replica(self.record.spec.leader)

    @property
    def attempt(self) -> AttemptDirectory:
        """The last attempt."""
        return self.run.attempt(self.status.attempt)


def check(archive: Path, contents: Contents, folder: Path) -> Package:
    """Read what was unpacked into ``folder``. Raises BadInput when it is no job that has ended."""
    reader = _Reader(archive, RunDirectory(folder / layout.JOB))
    record = reader.record(contents.job)
    _check_snapshot(archive, contents, folder, record)
    # Not before the specification is known to be one: it may ask for a billion workers.
    status = reader.status(record.spec)
    receipt = reader.receipt()
    events = list(_events(reader.run.events, status))
    return Package(record, status, receipt, events, folder)


class _Reader:
    """Reads the records of one archive."""

    def __init__(self, archive: Path, run: RunDirectory) -> None:
        self._archive = archive
        self.run = run

    def record(self, job_id: str) -> JobRecord:
        record = self._decode(self.run.job, JobRecord)
        named = record.id == job_id and (record.again is None or is_id(record.again))
        if not (named and is_time(record.created) and _is_short(record.guest)):
            raise self._damaged(self.run.job)
        return record

    def status(self, spec: JobSpec) -> JobStatus:
        status = self._decode(self.run.status, JobStatus)
        if status.state not in FINAL:
            raise unsound(self._archive, f"holds a job that is {status.state}, and has not ended")
        if not (_is_plausible(status, spec) and _are_numbers(status.metrics)):
            raise self._damaged(self.run.status)
        model = None if status.model is None else one_line(status.model, 100)
        return replace(status, message=one_line(status.message, LONGEST_TEXT), model=model)

    def receipt(self) -> dict[str, Any]:
        receipt = self._decode(self.run.receipt, dict[str, Any])
        try:
            read_receipt(receipt)
        except Broken:
            raise self._damaged(self.run.receipt) from None
        return receipt

    def _decode(self, path: Path, kind: type[T]) -> T:
        try:
            return codec.decode(path.read_bytes(), kind, path)
        except NewerFormat:
            raise later(self._archive) from None
        except (Broken, RecursionError):
            raise self._damaged(path) from None

    def _damaged(self, path: Path) -> BadInput:
        return unsound(self._archive, f"is damaged: its {path.name} is none that Longboat writes")


def _check_snapshot(archive: Path, contents: Contents, folder: Path, record: JobRecord) -> None:
    """Demand the snapshot that the record names, whole, and that such a job can be submitted."""
    manifest = _manifest(archive, folder / layout.MANIFEST, record.snapshot)
    blobs = [file for file in contents.files if file.path.startswith(f"{layout.BLOBS}/")]
    wanted = {(layout.blob(file.sha256), file.sha256, file.size) for file in manifest.files}
    if {(file.path, file.sha256, file.size) for file in blobs} != wanted:
        raise unsound(archive, "is damaged: its snapshot is not whole")
    entry = {file.path: file.sha256 for file in manifest.files}.get(record.spec.entry)
    if entry is None or manifest.entry != record.spec.entry:
        raise unsound(archive, "is damaged: the notebook of the job is not in its snapshot")
    _check_spec(archive, record.spec, folder / layout.blob(entry))


def _manifest(archive: Path, path: Path, address: str) -> Manifest:
    try:
        manifest = manifests.decode(address, path.read_bytes())
    except (Broken, RecursionError):
        raise unsound(archive, "is damaged: its snapshot is not the one that its job ran") from None
    paths = [file.path for file in manifest.files]
    if layout.clash([*paths, *manifest.directories]) or not all(map(layout.fits, paths)):
        raise unsound(
            archive, "is damaged: its snapshot has names that cannot be beside each other"
        )
    return manifest


def _check_spec(archive: Path, spec: JobSpec, content: Path) -> None:
    """Demand a job that could be submitted, were its interpreter and its backend here."""
    entry = content.with_name(f"entry{Path(spec.entry).suffix}")
    entry.symlink_to(content.name)
    try:
        request = read_request(entry, {**asked_for(spec), "python": None})
        asked = resolve(request, read_notebook(entry), None)
    except BadInput as error:
        why = shown(str(error), 300)
        raise unsound(archive, f'is damaged: it asks for what no job can have, "{why}"') from None
    finally:
        entry.unlink()
    if asked.kind != spec.kind or not all(map(_is_short, (spec.backend, spec.python or ""))):
        raise unsound(archive, "is damaged: what its job asks for contradicts itself")


def _events(path: Path, status: JobStatus) -> list[dict[str, Any]]:
    """Read the changes of state; what is none is passed over, as every reader does."""
    known = []
    for event in history.read_events(path):
        try:
            change = msgspec.convert(event, _Change)
        except msgspec.ValidationError:
            continue
        if is_time(change.t) and 1 <= change.attempt <= status.attempt:
            message = one_line(change.message, LONGEST_TEXT)
            known.append(msgspec.to_builtins(replace(change, message=message)))
    return known


class _Change(msgspec.Struct, frozen=True):
    """An event of a job's own history."""

    t: float
    kind: str
    state: JobState
    attempt: int = 1
    reason: str = ""
    message: str = ""


def _is_plausible(status: JobStatus, spec: JobSpec) -> bool:
    times = [status.started, status.attempt_started, status.ended]
    times += [found.written for found in (status.checkpoint, status.resumed) if found is not None]
    progress = status.progress
    replicas = [each.replica for each in status.replicas]
    return (
        0 <= status.displaced < max(1, status.attempt)
        and 1 <= status.attempt <= spec.retries + 1 + status.displaced
        and all(is_time(when) for when in times if when is not None)
        and _REASON.fullmatch(status.reason) is not None
        and len(set(replicas)) == len(replicas)
        and set(replicas) <= set(spec.replicas)
        and all(abs(n) < 1 << 53 for n in (progress.cell, progress.cells))
        and _are_numbers({"done": progress.done, "total": progress.total})
    )


def _is_short(text: str) -> bool:
    return text == one_line(text, 100)


def _are_numbers(values: dict[str, Any]) -> bool:
    """Tell whether these are metrics as the steward writes them: finite numbers, or null."""
    return all(
        value is None
        or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300)
        for value in values.values()
    )
