"""A replica's log: pieces of it by bytes, cut between characters."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from longboat.api import Client
from longboat.errors import BadInput
from longboat.records.logs import read
from longboat.records.status import FINAL
from longboat.server.handler import Handler
from longboat.server.jobs import job_of

MOST_BYTES = 1 << 20
"""In one answer."""


class Place(NamedTuple):
    """Which log is meant."""

    job: str
    """The whole id."""
    replica: str
    """Such as worker-0; empty: the first."""
    attempt: int
    """0: the last."""


class Log(Handler):
    """The log of a replica, by bytes."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Give a piece; a negative offset counts from the end."""
        limit = self.number("limit", 1 << 16, 1, MOST_BYTES)
        offset = self.number("offset", 0, -(1 << 53), 1 << 53)
        attempt = self.number("attempt", 0, 0, 1 << 31)
        place = Place(job_id, self.get_query_argument("replica", ""), attempt)
        self.reply(await self.aside(piece_of, self.client, place, offset, limit))


def piece_of(client: Client, place: Place, offset: int, limit: int) -> dict[str, Any]:
    """Read a piece: its text, where it lies, and whether nothing follows it.

    Raises BadInput, NotFound.
    """
    path, over = file_of(client, place)
    size = path.stat().st_size if path.exists() else 0
    offset = max(0, size + offset) if offset < 0 else min(offset, size)
    data = read(path, offset, limit)
    text = _whole_characters(data, over and offset + len(data) >= size)
    end = offset + len(text)
    return {
        "text": text.decode("utf-8", "replace"),
        "offset": offset,
        "next": end,
        "end": over and end >= size,
    }


def file_of(client: Client, place: Place) -> tuple[Path, bool]:
    """Find the file, and whether it is whole. Raises BadInput, NotFound."""
    job = job_of(client, place.job)
    # Asked before the log is read: what is written until the end is then in the file.
    status = job.status
    attempt = place.attempt or status.attempt
    if attempt > status.attempt:
        raise BadInput.of(
            "attempt", f"The job has had {status.attempt} attempts so far; ask for one of them."
        )
    replica = job.replicas(place.replica or None)[0]
    path = client.engine.home.run(job.id).attempt(attempt).replica(replica).log
    return path, attempt < status.attempt or status.state in FINAL


def _whole_characters(data: bytes, last: bool) -> bytes:
    """Leave out a character of which only the beginning is there, unless nothing follows."""
    if last:
        return data
    for length in range(1, min(4, len(data)) + 1):
        byte = data[-length]
        if byte & 0xC0 == 0x80:
            continue
        needed = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return data[:-length] if needed > length and len(data) > length else data
    return data
