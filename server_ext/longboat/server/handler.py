"""What all requests have in common: login, JSON in and out, errors as sentences."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.base.handlers import APIHandler

from longboat.api import Client
from longboat.errors import BadInput
from longboat.server.refusals import refusal_of

Given = TypeVar("Given")

RESOURCE = "longboat"
"""What an authorizer of the server's is asked about."""


class Handler(APIHandler):
    """One request. The disk and processes are looked at in a thread: the loop has other guests."""

    auth_resource = RESOURCE

    def initialize(self, client: Client) -> None:
        """See tornado."""
        self.client = client

    async def aside(self, do: Callable[..., Given], *given: Any, **named: Any) -> Given:
        """Have it done in a thread."""
        return await asyncio.to_thread(partial(do, *given, **named))

    def reply(self, value: Any, status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        # Written here: tornado takes no list, and what is not JSON (NaN) is said to be a bug.
        self.finish(json.dumps(value, allow_nan=False))

    def body(self) -> dict[str, Any]:
        """Give the request's JSON object; nothing is an empty one. Raises BadInput."""
        text = self.request.body.strip()
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            raise BadInput.of("body", "The request's body is not JSON.") from None
        if not isinstance(found, dict):
            raise BadInput.of("body", "The request's body must be a JSON object.")
        return found

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Read a whole number of the query. Raises BadInput."""
        text = self.get_query_argument(name, str(default))
        try:
            found = int(text)
        except ValueError:
            raise BadInput.of(name, f"{name} must be a whole number.") from None
        if not least <= found <= most:
            raise BadInput.of(name, f"{name} must be from {least:,} to {most:,}.")
        return found

    def write_error(self, status_code: int, **named: Any) -> None:
        """Answer with a sentence; never with a traceback."""
        error = named.get("exc_info", (None, None, None))[1]
        status, body = refusal_of(error, status_code)
        self.set_header("Content-Type", "application/json")
        self.reply(body, status)

    def log_exception(self, *given: Any) -> None:
        """What the caller can mend is nobody else's concern."""
        error = given[1]
        if error is None or refusal_of(error, 500).status >= 500:
            super().log_exception(*given)


def root_of(handler: Handler) -> Path:
    """The folder below which a server's paths lie."""
    return Path(handler.settings["server_root_dir"]).expanduser()
