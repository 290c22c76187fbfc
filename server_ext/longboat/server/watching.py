"""Looks at the home for all browsers at once, and tells them what has changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from longboat.api import Client
from longboat.errors import LongboatError
from longboat.server.models import models_of, services_of

log = logging.getLogger(__name__)

INTERVAL = 0.2
"""Seconds between two looks at jobs; half of a second is what people take for at once."""
SELDOM = 5
"""Only each so many looks it is asked for models and services: a look costs more there."""
MOST_JOBS = 200

Item = dict[str, Any]
Items = dict[str, Item]
Message = dict[str, Any]


def jobs_of(client: Client) -> Items:
    """The newest jobs by id."""
    return {job.id: job.to_dict() for job in client.jobs(limit=MOST_JOBS)}


def news(kind: str, before: Items, now: Items) -> Message | None:
    """Say what is other now than before; None: nothing."""
    changed = [item for key, item in now.items() if before.get(key) != item]
    removed = [key for key in before if key not in now]
    return {"kind": kind, "changed": changed, "removed": removed} if changed or removed else None


class Watcher:
    """Lives as long as somebody listens."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listeners: set[Callable[[Message], None]] = set()
        self._known: dict[str, Items] = {}
        self._task: asyncio.Task[None] | None = None

    async def listen(self, tell: Callable[[Message], None]) -> None:
        """Tell all there is now, and then what changes, until ``leave``."""
        if not self._listeners:
            self._known = await asyncio.to_thread(self._look, True)
        tell({"kind": "state", **{kind: list(each.values()) for kind, each in self._known.items()}})
        self._listeners.add(tell)
        if self._task is None:
            self._task = asyncio.create_task(self._watch())

    def leave(self, tell: Callable[[Message], None]) -> None:
        """Tell no more."""
        self._listeners.discard(tell)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(INTERVAL)
            looks += 1
            try:
                found = await asyncio.to_thread(self._look, looks % SELDOM == 0)
            except (LongboatError, OSError) as error:
                log.warning("Longboat's home cannot be looked at now: %s", error)
                continue
            self._take(found)

    def _look(self, everything: bool) -> dict[str, Items]:
        found = {"jobs": jobs_of(self._client)}
        if everything:
            models = {f"{m['name']}@{m['version']}": m for m in models_of(self._client)}
            services = {service["name"]: service for service in services_of(self._client)}
            found |= {"models": models, "services": services}
        return found

    def _take(self, found: dict[str, Items]) -> None:
        for kind, items in found.items():
            message = news(kind, self._known.get(kind, {}), items)
            self._known[kind] = items
            if message is not None:
                for tell in list(self._listeners):
                    with contextlib.suppress(Exception):  # it has just left
                        tell(message)
