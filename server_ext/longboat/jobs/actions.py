"""What reconcile may ask the controller to do; each can be repeated after a crash."""

from __future__ import annotations

import msgspec

from longboat.backends.base import AttemptRef
from longboat.records.status import JobStatus


class Start(msgspec.Struct, frozen=True):
    """Start the attempt, or learn why it must wait."""

    ref: AttemptRef


class Stop(msgspec.Struct, frozen=True):
    """Ask the running attempt to end."""

    ref: AttemptRef


class Record(msgspec.Struct, frozen=True):
    """Make a status that is not an end state durable."""

    status: JobStatus


class Succeed(msgspec.Struct, frozen=True):
    """Register the leader's model if it left one, then conclude with ``status``."""

    ref: AttemptRef
    status: JobStatus


class Conclude(msgspec.Struct, frozen=True):
    """Forget the job's secrets, then make the end state durable."""

    status: JobStatus


class Settle(msgspec.Struct, frozen=True):
    """Remove what the backend still holds of any attempt, then record that this is done."""

    status: JobStatus


class Remove(msgspec.Struct, frozen=True):
    """Delete the record."""


Action = Start | Stop | Record | Succeed | Conclude | Settle | Remove
