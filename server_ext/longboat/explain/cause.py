"""What a backend saw, before it becomes a sentence."""

from __future__ import annotations

import msgspec


class Cause(msgspec.Struct, frozen=True):
    """Why something ended or waits."""

    reason: str
    """A stable word: one of explain's table."""
    details: dict[str, str | int | float] = {}
    """What the sentence names: role, index, exit code, signal, bytes…"""
