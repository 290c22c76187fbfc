"""What a predictor's parent tells its child, and what the child reports back."""

from __future__ import annotations

import os
from typing import Literal

import msgspec

from longboat.predictor.control import Served


class ChildSpec(msgspec.Struct, frozen=True):
    """What the parent tells its child, as JSON in the command line (so no secret)."""

    served: Served
    parent: int
    """Its pid."""
    listen: int
    """Descriptor of the listening socket."""
    report: int
    """Descriptor of the pipe on which the child says how it is; its end is the child's."""
    counters: int
    """Descriptor of the child's block of counters."""
    token: str
    """The token's file."""


class Report(msgspec.Struct, frozen=True):
    """One line from child to parent."""

    state: Literal["ready", "failed"]
    """A child that says ``failed`` has tried what it could: trying again will not help."""
    message: str = ""


def report(spec: ChildSpec, message: Report) -> None:
    """Tell the parent; short enough to be written whole."""
    os.write(spec.report, msgspec.json.encode(message) + b"\n")
