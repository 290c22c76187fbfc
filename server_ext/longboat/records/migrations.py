"""How records of earlier formats are brought forward when they are read; the one place for it.

A record is never rewritten for that: what was read is brought forward each time, and written in the
present format when it is next written anyway. To change a format, add a step and a sample of what
there was before (tests/unit/golden). A field that a reader may pass over needs no new format; one
in a spec does, as it changes what runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]


def _numbered(record: Record) -> Record:
    """0 → 1: models and services were written without a number; all else is as it was."""
    return {**record, "format": 1}


STEPS: tuple[Callable[[Record], Record], ...] = (_numbered,)
"""Step n makes of a record of format n one of format n + 1: a pure function, kept for ever."""
FORMAT = len(STEPS)
"""Of every record that this Longboat writes; raised when an old reader would err."""


def bring_forward(record: Record, number: int) -> Record:
    """Make of a record of format ``number``, of any kind, one of the present format."""
    for step in STEPS[number:]:
        record = step(record)
    return record
