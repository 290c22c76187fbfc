"""A job once more: as it was, or with changes that are looked at before they are submitted."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from msgspec import to_builtins
from tornado.web import authenticated

from longboat.server import bodies
from longboat.server.handler import Handler, root_of
from longboat.server.jobs import job_of
from longboat.server.planning import declared, plainly, told, travelling


class _Changing(Handler):
    """Takes changes to what was asked; what is null is as by default, what lacks is as it was."""

    def changes(self) -> dict[str, Any]:
        """Read them; ``requirements`` is named as seen from the server's folder. Raises BadInput.

        Where it runs is a change only when it is named.
        """
        root = root_of(self)
        found = bodies.located(bodies.asked({"on": "", **self.body()}), root, root)
        return {name: value for name, value in found.items() if (name, value) != ("backend", "")}


class Again(_Changing):
    """What a job was asked for, and the job once more."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Say what was asked, and what the notebook of then declares."""
        self.reply(await self.aside(self._told, job_id))

    def _told(self, job_id: str) -> dict[str, Any]:
        job = job_of(self.client, job_id)
        notebook = {**declared(job.facts()), "travels": travelling(job.snapshot())}
        asked = to_builtins(job.asked())
        return {"entry": job.record.spec.entry, "asked": asked, "notebook": notebook}

    @authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Submit its snapshot again, with what is asked otherwise."""
        self.reply(await self.aside(self._again, job_id, self.changes()), 201)

    def _again(self, job_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        return job_of(self.client, job_id).again(**changes).to_dict()


class Plan(_Changing):
    """A job that could be made of another one."""

    @authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Check what submitting it again would check; tell what would run."""
        self.reply(await self.aside(self._plan, job_id, self.changes()))

    def _plan(self, job_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        from longboat.views.spelling import again_call, again_line

        plan = job_of(self.client, job_id).look_again(**changes)
        said = plainly(changes, plan.spec, root_of(self))
        return {
            **told(self.client, plan),
            "advice": self.client.advice(plan.spec),
            "shell": again_line(job_id, said),
            "python": again_call(job_id, said),
        }
