"""Room kept for the last words, for when a job has filled the disk."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from longboat.records.layout import AttemptDirectory

_SIZE = 64 << 10
"""Bytes: the supervisor's final record, and the job's status and events after it."""


def _path(attempt: AttemptDirectory) -> Path:
    return attempt.path / ".reserve"


def keep_room(attempt: AttemptDirectory) -> None:
    """Occupy the room. Raises OSError when the disk is full already."""
    descriptor = os.open(_path(attempt), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, _SIZE)
    finally:
        os.close(descriptor)


def give_room(attempt: AttemptDirectory) -> None:
    """Free it, just before it is needed. Idempotent."""
    with contextlib.suppress(OSError):
        _path(attempt).unlink()
