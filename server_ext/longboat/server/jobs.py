"""``jobs`` and what is below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from longboat.api import Client, Job
from longboat.errors import NotFound
from longboat.records.names import is_id
from longboat.records.summary import Summary
from longboat.server import bodies
from longboat.server.handler import Handler, root_of

MOST_JOBS = 1000


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
        self.reply(
            await self.aside(self._submit, entry, bodies.located(wanted, entry.parent, root)), 201
        )

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
