"""What a keeper and its supervisor say to each other, each through a pipe of its own.

Down: single bytes. Up: one JSON object a line, each shorter than PIPE_BUF, so never torn.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import msgspec

from longboat.system.identity import Identity

TERMINATE = b"T"
"""SIGTERM now, and SIGKILL to what is left after a while."""
KILL = b"K"
"""SIGKILL now. The end of the pipe, which is the supervisor's death, means the same."""


class Began(msgspec.Struct, frozen=True, tag="began"):
    """The replica has been executed."""

    process: Identity


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The replica has ended and everything it left behind is gone."""

    code: int
    """Exit code; negative for a signal."""
    exited: float
    """When its main process exited; seconds of the monotonic clock."""
    log_error: int = 0
    """errno of the write to its log because of which it was killed."""


class NotBegun(msgspec.Struct, frozen=True, tag="not-begun"):
    """It could not be executed."""

    number: int
    """errno."""
    file: str
    """The interpreter, or the folder that could not be entered."""


Report = Began | Ended | NotBegun


def say(descriptor: int, report: Report) -> None:
    """Send a report; nobody may be listening any more."""
    with contextlib.suppress(OSError):
        os.write(descriptor, msgspec.json.encode(report) + b"\n")


def heard(data: bytes) -> Iterator[Report]:
    """Read the reports in ``data``."""
    return (msgspec.json.decode(line, type=Report) for line in data.splitlines())
