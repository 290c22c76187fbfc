"""Kept tries: listed, removed, and asked of another version before a service switches to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from msgspec import to_builtins
from tornado.web import authenticated

from longboat.errors import BadInput
from longboat.server.handler import Handler

if TYPE_CHECKING:
    from longboat.services.tries import Try


class Tries(Handler):
    """Those of a model."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List them, the newest first."""
        self.reply({"tries": to_builtins(await self.aside(self._kept, name))})

    def _kept(self, name: str) -> list[Try]:
        self.client.model(name)
        return self.client.tries(name)


class OneTry(Handler):
    """One of them."""

    @authenticated
    @authorized
    async def delete(self, name: str, kept: str) -> None:
        """Forget it."""
        await self.aside(self.client.remove_try, name, kept)
        self.set_status(204)
        self.finish()


class Keep(Handler):
    """A try of a service that is worth keeping."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Ask the service once more, and keep what it answers."""
        body = self.body()
        if "instance" not in body:
            raise BadInput.of("instance", "Give the instance that the model is to be asked.")
        kept = await self.aside(lambda: self.client.service(name).keep(body["instance"]))
        self.reply(to_builtins(kept), 201)


class Replay(Handler):
    """The kept tries, asked of another version."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Ask; give each answer of then and of now."""
        version = self.body().get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise BadInput.of("version", "Give the number of the version to be asked.")
        self.reply(await self.aside(self._replay, name, version))

    def _replay(self, name: str, version: int) -> dict[str, Any]:
        found = self.client.service(name).replay(version)
        return {"version": version, "differences": [each.to_dict() for each in found]}
