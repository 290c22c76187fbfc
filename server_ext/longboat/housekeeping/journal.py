"""removed.jsonl: which jobs were removed without anybody asking for each, when and why."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from longboat.housekeeping.retiring import Retired
from longboat.records.history import append_event, read_events
from longboat.records.layout import Home
from longboat.system.files import sync_directory

RETIRED = "retired"
"""A kind of line; job, name, size (bytes) and reason."""


class Journal:
    """The log of a home; its lines are those of a job's history."""

    def __init__(self, home: Home) -> None:
        self.path = home.path / "removed.jsonl"

    def note(self, retired: Retired) -> None:
        """Write down what is about to go, durably; once, however often it is said.

        Raises OSError.
        """
        if any(line.get("job") == retired.job for line in self.lines()):
            return  # whoever noted it was killed before it had gone
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.close(descriptor)
        append_event(self.path, RETIRED, msgspec.to_builtins(retired))
        sync_directory(self.path.parent)

    def lines(self) -> list[dict[str, Any]]:
        """Read all of it, the oldest first; ``t`` in seconds since the epoch."""
        return [line for line in read_events(self.path) if line.get("kind") == RETIRED]
