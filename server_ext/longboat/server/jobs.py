"""``jobs`` and what is below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from longboat.api import Client, Job
from longboat.errors import BadInput, NotFound
from longboat.records.logs import read
from longboat.records.names import is_id
from longboat.records.status import FINAL
from longboat.records.summary import Summary
from longboat.server import bodies
from longboat.server.handler import Handler, root_of

MOST_JOBS = 1000
MOST_BYTES = 1 << 20
"""Of a log, in one answer."""


def job_of(client: Client, job_id: str) -> Job:
    """Find a job by its whole id. Raises NotFound."""
    if not is_id(job_id):
        raise NotFound(f"There is no job {job_id!r}.")
    return client.job(job_id)


class Jobs(Handler):
    """All jobs."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them, the newest first."""
        limit = self.number("limit", 200, 1, MOST_JOBS)
        found = await self.aside(lambda: [job.to_dict() for job in self.client.jobs(limit=limit)])
        self.reply({"jobs": found})

    @authenticated
    @authorized
    async def post(self) -> None:
        """Submit a notebook or a script; when this answers, it will run."""
        body = self.body()
        wanted = bodies.asked(body)
        root = root_of(self)
        entry = bodies.entry(body, root)
        self.reply(await self.aside(self._submit, entry, bodies.located(wanted, entry, root)), 201)

    def _submit(self, entry: Path, wanted: dict[str, Any]) -> dict[str, Any]:
        return self.client.submit(entry, **wanted).to_dict()


class OneJob(Handler):
    """One job."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Say how it is, and what a rehearsal has found."""
        self.reply(await self.aside(lambda: job_of(self.client, job_id).details()))

    @authenticated
    @authorized
    async def delete(self, job_id: str) -> None:
        """Remove it with all it wrote, stopping it first."""
        await self.aside(lambda: job_of(self.client, job_id).remove())
        self.set_status(204)
        self.finish()


class Stop(Handler):
    """The end of a job."""

    @authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Ask it to end."""
        self.reply(await self.aside(self._stop, job_id))

    def _stop(self, job_id: str) -> dict[str, Any]:
        job = job_of(self.client, job_id)
        job.stop()
        return job.to_dict()


class Again(Handler):
    """A job once more."""

    @authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Submit its snapshot again, with what is asked otherwise."""
        changes = bodies.asked({"on": "", **self.body()})
        if not changes["backend"]:
            del changes["backend"]
        self.reply(await self.aside(self._again, job_id, changes), 201)

    def _again(self, job_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        return job_of(self.client, job_id).again(**changes).to_dict()


class Log(Handler):
    """The log of a replica, by bytes."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Give a piece; a negative offset counts from the end."""
        limit = self.number("limit", 1 << 16, 1, MOST_BYTES)
        offset = self.number("offset", 0, -(1 << 53), 1 << 53)
        attempt = self.number("attempt", 0, 0, 1 << 31)
        replica = self.get_query_argument("replica", "")
        self.reply(await self.aside(self._piece, job_id, replica, attempt, offset, limit))

    def _piece(
        self, job_id: str, name: str, attempt: int, offset: int, limit: int
    ) -> dict[str, Any]:
        path, over = log_place(self.client, job_of(self.client, job_id), name, attempt)
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


def log_place(client: Client, job: Job, name: str, attempt: int) -> tuple[Path, bool]:
    """Find a replica's log (no name: the first's; 0: the last attempt's), and whether it is whole.

    Raises BadInput.
    """
    # Asked before the log is read: what is written until the end is then in the file.
    status = job.status
    attempt = attempt or status.attempt
    if attempt > status.attempt:
        raise BadInput.of(
            "attempt", f"The job has had {status.attempt} attempts so far; ask for one of them."
        )
    replica = job.replicas(name or None)[0]
    place = client.engine.home.run(job.id).attempt(attempt).replica(replica).log
    return place, attempt < status.attempt or status.state in FINAL


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


class Metrics(Handler):
    """The curves of a job."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Give the points of each metric that the leader of the last attempt reported."""
        self.reply({"metrics": await self.aside(self._series, job_id)})

    def _series(self, job_id: str) -> dict[str, list[tuple[float, float]]]:
        job = job_of(self.client, job_id)
        attempt = self.client.engine.home.run(job.id).attempt(job.status.attempt)
        summary = Summary(attempt.replica(job.record.spec.leader).events)
        summary.update()
        return {
            name: [
                (number if step is None else step, value)
                for number, (_, step, value) in enumerate(series.points, 1)
            ]
            for name, series in summary.series.items()
        }
