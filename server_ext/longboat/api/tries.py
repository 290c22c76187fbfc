"""Kept tries: one is asked and kept, all are asked of another version."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from longboat.errors import Unavailable

if TYPE_CHECKING:
    from longboat.engine import Engine
    from longboat.services.differences import Difference
    from longboat.services.tries import Try

PATIENCE = 120.0
"""Seconds for a version to be loaded."""


def keep(engine: Engine, service: str, instance: Any) -> Try:
    """Ask a service, and keep the question with its answer.

    Raises BadInput when it refuses, TooLarge, Conflict, Unavailable.
    """
    found = engine.services.get(service)
    answer = _ask(engine, service, instance)
    version = found.status.serving or found.intent.spec.version
    return engine.tries.keep(found.intent.spec.model, version, instance, answer)


def replay(engine: Engine, service: str, version: int) -> list[Difference]:
    """Ask another version of a service's model what was kept of the model.

    A version that does not answer yet is a service of its own for as long as that takes.
    Raises NotFound when there is no such version, Unavailable when it cannot be loaded.
    """
    from longboat.services.differences import replayed

    found = engine.services.get(service)
    model = engine.models.get(found.intent.spec.model, version)
    tries = engine.tries.of(model.name)
    if not tries:
        return []
    if found.status.serving == version:
        return replayed(tries, lambda instance: _ask(engine, service, instance))
    moment = f"try-{secrets.token_hex(5)}"
    engine.services.deploy(model.name, model.version, moment)
    try:
        engine.wake()
        engine.services.wait(moment, PATIENCE, meanwhile=engine.revive)
        return replayed(tries, lambda instance: _ask(engine, moment, instance))
    finally:
        engine.services.undeploy(moment)
        engine.wake()


def _ask(engine: Engine, service: str, instance: Any) -> Any:
    predictions = engine.services.predict(service, [instance]).get("predictions")
    if not isinstance(predictions, list) or not predictions:
        raise Unavailable(f"The service {service} gave no prediction; ask again.")
    return predictions[0]
