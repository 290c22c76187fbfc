"""What a follower hands out, as stable JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from longboat.cli.output import print_json
from longboat.records.sources import GuestEvent, Item, Line


def stream(items: Iterable[Item]) -> None:
    """Print every item as one line of JSON."""
    for item in items:
        print_json(as_dict(item), compact=True)


def as_dict(item: Item) -> dict[str, Any]:
    """Write an item: ``kind`` is "line" for a line of a log, else the event's own.

    ``t`` is in seconds since the epoch; a replica's items also have ``replica`` and ``attempt``.
    """
    if isinstance(item, Line):
        text = item.data.decode("utf-8", "replace")
        return {
            "kind": "line",
            "t": item.time,
            "replica": str(item.replica),
            "attempt": item.attempt,
            "line": text.removesuffix("\n"),
        }
    told: dict[str, Any] = {**item.event, "t": item.time}
    if isinstance(item, GuestEvent):
        told |= {"replica": str(item.replica), "attempt": item.attempt}
    return told
