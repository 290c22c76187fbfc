"""The way to the engine, taken only by commands that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longboat.api import Client


def client() -> Client:
    """Open the home that the environment names."""
    from longboat.api import Client
    from longboat.cli.output import warn

    return Client(say=warn)
