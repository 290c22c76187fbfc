"""What one can ask of services: deploy, switch, list, ask, undeploy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from longboat.errors import LongboatError, NotFound, Unavailable
from longboat.models.store import ModelStore
from longboat.records.layout import Home
from longboat.services.client import ask
from longboat.services.record import SWITCH_FAILED, Service, ServiceIntent
from longboat.services.store import ServiceStore
from longboat.spec.names import check_name
from longboat.spec.service import ServiceSpec

POLL = 0.02
"""Seconds between looks at a few small files, far below what a person notices."""


class Services:
    """The services of one home. Whoever changes what is wanted wakes the steward afterwards."""

    def __init__(self, home: Home, models: ModelStore) -> None:
        self._store = ServiceStore(home)
        self._models = models

    def deploy(self, name: str, version: int | None = None, service: str | None = None) -> Service:
        """Have a model version answer as ``service`` (by default named like the model).

        An existing service is switched to it; the same version again is tried again if it had
        failed. When this returns, the wish is durable. Raises NotFound, BadInput.
        """
        model = self._models.get(name, version)
        service = check_name("service", model.name if service is None else service)
        spec = ServiceSpec(
            name=service,
            model=model.name,
            version=model.version,
            python=model.record.facts.python,
        )
        with self._store.lock(service):
            self._store.want(self._wanted(spec))
        return self._store.read(service)

    def undeploy(self, name: str) -> None:
        """Have a service stopped and forgotten. Raises NotFound."""
        self._store.intent(name)  # before a lock is made for a name that may be none
        with self._store.lock(name):
            intent = self._store.intent(name)
            if intent.target == "run":
                generation = intent.generation + 1
                self._store.want(replace(intent, target="stopped", generation=generation))

    def list(self) -> list[Service]:
        """List all services, by name; a damaged record is passed over."""
        found = []
        for name in self._store.names():
            try:
                found.append(self._store.read(name))
            except LongboatError:
                continue
        return found

    def get(self, name: str) -> Service:
        """Find a service. Raises NotFound."""
        return self._store.read(name)

    def any_unfinished(self) -> bool:
        """Tell whether any service needs a steward."""
        return bool(self._store.names())

    def wait(
        self, name: str, timeout: float, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Block until the wanted version answers or, once undeployed, nothing is left of it.

        ``meanwhile`` is called again and again: the steward may be killed while we wait.
        Raises Unavailable with the reason when it cannot answer, or not within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                service = self._store.read(name)
            except NotFound:
                return
            status = service.status
            if service.intent.target == "run" and service.settled:
                if status.state == "failed" or status.reason == SWITCH_FAILED:
                    raise Unavailable(f"Service {name}: {status.message}")
                return
            meanwhile()
            time.sleep(POLL)
        raise Unavailable(
            f"Service {name} is not as wanted after {timeout:g} seconds; "
            "`longboat services` shows how it is."
        )

    def predict(self, name: str, body: Any) -> dict[str, Any]:
        """Ask for predictions; see ``client.ask``. Raises NotFound, BadInput, Unavailable."""
        service = self._store.read(name)
        if service.url is None or service.state in ("stopped", "failed"):
            why = f": {service.status.message}" if service.status.message else ""
            raise Unavailable(f"Service {name} is {service.state}{why or '.'}")
        return ask(service.url, service.token_file, body)

    def _wanted(self, spec: ServiceSpec) -> ServiceIntent:
        """The next intent; the same one where nothing would change."""
        try:
            known = self._store.read(spec.name)
        except NotFound:
            return ServiceIntent(spec=spec, target="run", generation=1, created=time.time())
        spec = replace(spec, options=known.intent.spec.options)
        failed = known.status.state == "failed" or known.status.reason == SWITCH_FAILED
        if known.intent.target == "run" and known.intent.spec == spec and not failed:
            return known.intent
        return replace(
            known.intent, spec=spec, target="run", generation=known.intent.generation + 1
        )
