"""Looks at the home for all browsers at once, and tells them what has changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

from longboat.api import Client
from longboat.errors import LongboatError
from longboat.server.models import models_of, services_of

log = logging.getLogger(__name__)

INTERVAL = 0.05
"""Seconds between two looks at jobs, at least."""
SHARE = 0.1
"""Of the time may be spent on looking: with many jobs a look takes longer, and comes less often."""
SELDOM = 1.0
"""Seconds after which it is asked for models and services: a look costs more there."""
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
        took, everything_at = 0.0, time.monotonic() + SELDOM
        while True:
            await asyncio.sleep(max(INTERVAL, took / SHARE))
            began = time.monotonic()
            everything = began >= everything_at
            try:
                self._take(await asyncio.to_thread(self._look, everything))
            except (LongboatError, OSError) as error:
                log.warning("Longboat's home cannot be looked at now: %s", error)
            took = time.monotonic() - began
            everything_at = began + SELDOM if everything else everything_at

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
