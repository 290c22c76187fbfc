"""What may stand where a command wants a job, a model or a service: offered while one types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click.shell_completion import CompletionItem

from longboat.cli.link import client
from longboat.errors import LongboatError

_MOST = 200

Offer = Callable[[Any, Any, str], list[CompletionItem]]


def _offering(names: Callable[[], list[str]]) -> Offer:
    def offer(_context: Any, _parameter: Any, begun: str) -> list[CompletionItem]:
        try:
            known = dict.fromkeys(names())
        except (LongboatError, OSError):  # who types is not to be disturbed
            return []
        return [CompletionItem(name) for name in known if name.startswith(begun)]

    return offer


def _jobs() -> list[str]:
    found = client().jobs(limit=_MOST)
    return [*(job.name for job in found), *(job.id for job in found)]


jobs = _offering(_jobs)
models = _offering(lambda: [model.to_dict()["name"] for model in client().models()])
services = _offering(lambda: [service.name for service in client().services()])
