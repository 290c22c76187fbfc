"""From how a replica ended to why."""

from __future__ import annotations

import signal
from typing import Any

import msgspec

from longboat.explain.cause import Cause
from longboat.records.layout import ReplicaDirectory
from longboat.spec.decoding import UNDECODABLE
from longboat.spec.job import Replica

_LONGEST = 2000
"""Characters of a text that are kept: the whole error is in status.json."""


class LastWord(msgspec.Struct, frozen=True):
    """status.json of the guest."""

    state: str
    """``succeeded``, ``failed``, or ``stopped``: it got SIGTERM and tidied up."""
    error: dict[str, Any] | None = None


def read_last_word(directory: ReplicaDirectory) -> LastWord | None:
    """Read what the guest said of its end; None when it said nothing."""
    try:
        return msgspec.json.decode(directory.status.read_bytes(), type=LastWord)
    except (OSError, *UNDECODABLE):
        return None


def true_code(code: int, word: LastWord | None) -> int:
    """Give the exit code, with the signal where the guest caught it: ``-15`` and not ``143``."""
    return -signal.SIGTERM if word is not None and word.state == "stopped" else code


def cause_of_end(replica: Replica, code: int, word: LastWord | None) -> Cause | None:
    """Say why a replica ended so; None for success.

    ``code`` is its exit code, negative for a signal. The guest's last word counts before the code:
    an interpreter may crash while it is torn down, long after the work was done.
    """
    if word is not None and word.state == "succeeded":
        return None
    if word is not None and word.error and isinstance(word.error.get("reason"), str):
        return cause_of_told(replica, word.error)
    if code < 0:
        return Cause("killed", {"replica": str(replica), "signal": -code})
    if code or word is not None:
        return Cause("exit-code", {"replica": str(replica), "code": code})
    return None


def cause_of_told(replica: Replica, error: dict[str, Any]) -> Cause:
    """Make a cause of an error as the guest tells it: ``reason``, and details for a sentence."""
    details: dict[str, str | int | float] = {}
    for name, value in error.items():
        if name in ("reason", "traceback"):
            continue
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if isinstance(value, str | int | float):
            details[name] = value[:_LONGEST] if isinstance(value, str) else value
    return Cause(str(error.get("reason")), {**details, "replica": str(replica)})


def written_at(directory: ReplicaDirectory) -> float | None:
    """When the guest wrote its last word, in seconds since the epoch."""
    try:
        return directory.status.stat().st_mtime
    except OSError:
        return None
