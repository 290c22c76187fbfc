"""Two jobs beside each other: what went in, and what came out."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from longboat.errors import BadInput
from longboat.jobs.differences import Difference, asked_differences, differences
from longboat.records.status import JobRecord, JobStatus
from longboat.records.store import JobStore
from longboat.snapshots.cells import CellPair, align, read_cells
from longboat.snapshots.comparing import FileChange, changed_files, text_change
from longboat.snapshots.manifest import Snapshot
from longboat.snapshots.receipt import Receipt, read_receipt
from longboat.snapshots.store import SnapshotStore

PARAMETER = "parameters."


class Compared(NamedTuple):
    """One of the two jobs."""

    record: JobRecord
    status: JobStatus
    receipt: Receipt
    snapshot: Snapshot


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What is other; every list is empty where nothing is."""

    before: Compared
    after: Compared
    cells: list[CellPair]
    """Of two notebooks: those that are not the same, in their order."""
    files: list[FileChange]
    """The notebooks themselves only where more than their cells is other."""
    texts: dict[str, list[str]]
    """Path → the lines of a unified diff, of those files that are text; where it was asked for."""
    parameters: list[Difference]
    asked: list[Difference]
    """Workers, resources, image, names of secrets and so on."""
    environment: list[Difference]
    """Interpreter, distributions, and the part of Longboat that runs inside."""

    @property
    def same(self) -> bool:
        """The same went into both."""
        return not (self.cells or self.files or self.parameters or self.asked or self.environment)

    @property
    def metrics(self) -> dict[str, tuple[Any, Any]]:
        """The last value of each metric in both; None where one has none."""
        before, after = self.before.status.metrics, self.after.status.metrics
        names = dict.fromkeys((*before, *after))
        return {name: (before.get(name), after.get(name)) for name in names}


class Comparing:
    """Compares the jobs of one home."""

    def __init__(self, store: JobStore, snapshots: SnapshotStore) -> None:
        self._store = store
        self._snapshots = snapshots

    def compare(self, before: str, after: str, *, texts: bool = False) -> Comparison:
        """Compare two jobs, by id; with ``texts`` also text files line by line.

        Raises NotFound when a job or its snapshot is not there, Broken when one is damaged.
        """
        old, new = self._read(before), self._read(after)
        asked = asked_differences(old.record.spec, new.record.spec)
        cells = self._cells(old, new)
        changed = _files(old, new, cells)
        lines = {each.path: text_change(self._snapshots, each) for each in changed if texts}
        return Comparison(
            before=old,
            after=new,
            cells=[pair for pair in cells or () if not pair.same],
            files=changed,
            texts={path: text for path, text in lines.items() if text is not None},
            parameters=[each for each in asked if each.name.startswith(PARAMETER)],
            asked=[each for each in asked if not each.name.startswith(PARAMETER)],
            environment=differences(*_environments(old, new)),
        )

    def _read(self, job_id: str) -> Compared:
        record = self._store.read(job_id)
        return Compared(
            record,
            self._store.status(job_id),
            read_receipt(self._store.receipt(job_id)),
            self._snapshots.manifest(record.snapshot),
        )

    def _cells(self, old: Compared, new: Compared) -> list[CellPair] | None:
        """Align the cells of two notebooks; None where there are not two."""
        if {old.record.spec.kind, new.record.spec.kind} != {"notebook"}:
            return None
        try:
            before, after = (self._notebook(each.snapshot) for each in (old, new))
        except BadInput:  # of a newer format, say: compared as a file
            return None
        return list(align(before, after))

    def _notebook(self, snapshot: Snapshot) -> list[Any]:
        data = self._snapshots.read(snapshot.address, snapshot.entry)
        return read_cells(snapshot.entry, data)


def _files(old: Compared, new: Compared, cells: list[CellPair] | None) -> list[FileChange]:
    """List the files that are other; a notebook's change that its cells tell is not told twice."""
    renamed = old.snapshot.entry != new.snapshot.entry
    told = cells is not None and (renamed or not all(pair.same for pair in cells))
    entries = {old.snapshot.entry, new.snapshot.entry} if told else set[str]()
    return changed_files(old.snapshot, new.snapshot, entries)


def _environments(old: Compared, new: Compared) -> tuple[dict[str, str], dict[str, str]]:
    """Write both environments as names and texts; distributions only where both are known."""
    detailed = old.receipt.interpreter is not None and new.receipt.interpreter is not None
    before, after = (_environment(each, detailed=detailed) for each in (old, new))
    return before, after


def _environment(job: Compared, *, detailed: bool) -> dict[str, str]:
    guest = {"guest": job.record.guest[:12]}
    interpreter = job.receipt.interpreter
    if interpreter is None:
        return {"interpreter": "that of the image", **guest}
    version = f"{interpreter.implementation} {interpreter.version}"
    distributions = interpreter.distributions if detailed else {}
    return {"interpreter": f"{version}, {interpreter.path}", **guest, **distributions}
