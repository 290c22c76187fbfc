"""Moves every service toward what is wanted of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec.structs import replace

from longboat.backends.serving import (
    NOTHING,
    ServiceLaunch,
    ServiceObservation,
    ServiceRef,
    ServingBackend,
)
from longboat.errors import LongboatError, NotFound, Unavailable
from longboat.explain.cause import Cause
from longboat.explain.table import explain
from longboat.models.store import ModelStore
from longboat.predictor.control import TOKEN
from longboat.records.layout import Home
from longboat.services.reconcile import Apply, Record, Remove, Stop, reconcile
from longboat.services.record import ServiceIntent, ServiceStatus
from longboat.services.store import ServiceStore

WAIT = 1.0
"""Seconds between two tries for resources."""
LONG_WAIT = 30.0
"""Seconds before something that is missing is looked for again."""

log = logging.getLogger(__name__)


class ServiceController:
    """Executes what ``reconcile`` decides; holds nothing that a successor could not read again."""

    def __init__(
        self,
        home: Home,
        backend: ServingBackend,
        models: ModelStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = ServiceStore(home)
        self._backend = backend
        self._models = models
        self._clock = clock
        self._store.sweep()

    @property
    def unfinished(self) -> int:
        """Count the services, all of which need somebody: a running one may lose its predictor."""
        return len(self._store.names())

    def step(self) -> bool:
        """Look at every service once; True when something was done and more may follow."""
        refs = [ServiceRef(name, self._store.folder(name)) for name in self._store.names()]
        try:
            seen = self._backend.observe(refs)
        except Unavailable as error:
            log.warning("Services cannot be looked at now: %s", error)
            return False
        acted = False
        for ref in refs:
            try:
                acted |= self._step(ref, seen.get(ref.name, NOTHING))
            except NotFound:
                acted = True
            except Unavailable as error:
                log.warning("Service %s waits: %s", ref.name, error)
            except Exception:
                # One service that cannot be moved must not hold up the others; it is tried again.
                log.exception("Service %s could not be moved", ref.name)
        return acted

    def _step(self, ref: ServiceRef, seen: ServiceObservation) -> bool:
        intent, status = self._store.intent(ref.name), self._store.status(ref.name)
        for action in reconcile(intent, status, seen, self._clock()):
            match action:
                case Apply(new):
                    self._apply(ref, intent, status, new)
                case Record(new):
                    self._store.write_status(ref.name, new)
                case Stop():
                    self._backend.stop(ref)
                case Remove():
                    self._store.remove(ref.name)
                    return True
        return False

    def _apply(
        self, ref: ServiceRef, intent: ServiceIntent, status: ServiceStatus, new: ServiceStatus
    ) -> None:
        """Ask the backend; a cause against it is recorded, and asked about again later."""
        try:
            cause = self._backend.apply(self._launch(ref, intent, status))
        except Unavailable:
            raise
        except LongboatError as error:
            cause = Cause("start-failed", {"replica": "The predictor", "error": str(error)})
        if cause is not None:
            new = self._refused(new, cause)
        if new != status:
            self._store.write_status(ref.name, new)

    def _refused(self, new: ServiceStatus, cause: Cause) -> ServiceStatus:
        waits = cause.reason.startswith("waiting-")
        return replace(
            new,
            state="starting" if waits else "failed",
            reason=cause.reason,
            message=explain(cause).sentence,
            settled=not waits,
            starts=0,
            retry_at=self._clock() + (WAIT if waits else LONG_WAIT),
        )

    def _launch(
        self, ref: ServiceRef, intent: ServiceIntent, status: ServiceStatus
    ) -> ServiceLaunch:
        spec = intent.spec
        return ServiceLaunch(
            spec=spec,
            generation=intent.generation,
            model=self._models.get(spec.model, spec.version).path,
            folder=ref.folder,
            token=ref.folder / TOKEN,
            port=(urlsplit(status.url).port or 0) if status.url else 0,
        )
