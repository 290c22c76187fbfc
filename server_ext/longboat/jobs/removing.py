"""The end of a job's record, and of what the job keeps elsewhere."""

from __future__ import annotations

from longboat.backends.base import Backend
from longboat.records.index import JobIndex
from longboat.records.status import JobRecord
from longboat.records.store import JobStore


def remove(record: JobRecord, backend: Backend, store: JobStore, index: JobIndex) -> None:
    """Delete a settled job. Raises NotFound when there is none, Unavailable, OSError.

    The backend notes first what it has to remove: of a record that is gone nobody could tell.
    """
    if record.imported is None:  # else it has run from another home, which looks after that
        backend.erase(record.id)
    store.remove(record.id)
    index.remove(record.id)
