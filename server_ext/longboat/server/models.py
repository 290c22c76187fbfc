"""``models``, ``services`` and ``place``."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from longboat.api import Client, Service
from longboat.errors import BadInput, NotFound
from longboat.server.handler import Handler


def told_of(service: Service) -> dict[str, Any]:
    """What the browser is told of a service: not where its token lies."""
    found = service.to_dict()
    del found["token_file"]
    return found


class Models(Handler):
    """All models."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        self.reply({"models": await self.aside(models_of, self.client)})


class OneModel(Handler):
    """All versions of one model."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Describe each, the newest first, with what it was made from."""
        found = await self.aside(self._versions, name)
        self.reply({"name": name, "versions": found})

    def _versions(self, name: str) -> list[dict[str, Any]]:
        return [
            {**model.to_dict(), "lineage": _origin(model.lineage())}
            for model in self.client.versions(name)
        ]


def _origin(lineage: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a page shows of the receipt; it names no path of the server's."""
    if lineage is None:
        return None
    receipt = lineage["receipt"]
    told = {name: receipt.get(name) for name in ("entry", "parameters", "who", "when", "snapshot")}
    return {**told, "commit": (receipt.get("git") or {}).get("commit")}


def models_of(client: Client) -> list[dict[str, Any]]:
    """The newest version of each model."""
    return [model.to_dict() for model in client.models()]


def services_of(client: Client) -> list[dict[str, Any]]:
    """Every service."""
    return [told_of(service) for service in client.services()]


class Services(Handler):
    """All services."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        self.reply({"services": await self.aside(services_of, self.client)})

    @authenticated
    @authorized
    async def post(self) -> None:
        """Serve a model, ``name`` or ``name@version``; does not wait until it answers."""
        body = self.body()
        model, service = body.get("model"), body.get("service")
        if not isinstance(model, str) or not model:
            raise BadInput.of("model", "Name a model, like digits or digits@2.")
        if service is not None and not isinstance(service, str):
            raise BadInput.of("service", "Give the service a name, as text.")
        self.reply(await self.aside(self._deploy, model, service), 201)

    def _deploy(self, model: str, service: str | None) -> dict[str, Any]:
        return told_of(self.client.deploy(model, service, wait=False))


class OneService(Handler):
    """One service."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Say how it is, and what the model takes that it serves."""
        self.reply(await self.aside(self._details, name))

    def _details(self, name: str) -> dict[str, Any]:
        found = told_of(self.client.service(name))
        try:
            model = self.client.model(found["model"], found["version"])
        except NotFound:  # somebody has removed it; the service has it still
            return {**found, "signature": None}
        return {**found, "signature": model.to_dict()["signature"]}

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Stop it; requests in flight are answered."""
        await self.aside(lambda: self.client.service(name).undeploy(wait=False))
        self.set_status(204)
        self.finish()


class Predict(Handler):
    """A service's answers, behind the login of the Lab."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Pass a V1 request on."""
        body = self.body()
        self.reply(await self.aside(lambda: self.client.service(name).predict(body)))


class Place(Handler):
    """What there is to run jobs with."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Name the places, and what is free of this machine now."""
        self.reply(await self.aside(self.client.place))
