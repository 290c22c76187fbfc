"""The one websocket of a Lab: all there is, then what changes."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from longboat.api import Client
from longboat.errors import BadInput
from longboat.server.following import Follows
from longboat.server.handler import RESOURCE
from longboat.server.watching import Message, Watcher

MOST_REASON = 123
"""Bytes of the reason for a close (RFC 6455, 5.5)."""


class Events(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Tells what changes, and the logs that the browser follows; all else is asked for by HTTP."""

    auth_resource = RESOURCE

    def initialize(self, client: Client, watcher: Watcher) -> None:
        """See tornado."""
        self._watcher = watcher
        self._follows = Follows(client, self._pass_on)

    @ws_authenticated
    @authorized
    async def get(self, *given: Any, **named: Any) -> None:
        """Open it, for whoever is logged in."""
        await super().get(*given, **named)

    def check_origin(self, origin: str = "") -> bool:
        """Take no page of another origin, not even one that knows the token.

        Jupyter lets whoever shows a token come from anywhere; a token that has leaked into a page
        is then all that it takes.
        """
        found = self.request.headers.get("Origin")
        if found is None or urlsplit(found).netloc == self.request.headers.get("Host"):
            return True
        return bool(self.allow_origin == "*" or found == self.allow_origin)

    async def open(self, *given: Any, **named: Any) -> None:
        """Begin to tell."""
        super().open(*given, **named)
        await self._watcher.listen(self._tell)

    def _tell(self, message: Message) -> None:
        try:
            self.write_message(json.dumps(message))
        except WebSocketClosedError:
            self._watcher.leave(self._tell)

    async def _pass_on(self, message: Message) -> None:
        """Tell, and return when it is on its way: a slow reader makes us wait, and hold nothing."""
        with contextlib.suppress(WebSocketClosedError, StreamClosedError):
            await self.write_message(json.dumps(message))

    def on_message(self, message: str | bytes) -> None:
        """Take which logs are followed; whoever says anything else is another program."""
        try:
            self._follows.hear(message)
        except BadInput as error:
            reason = error.problems[0].message.encode()[:MOST_REASON]
            self.close(1008, reason.decode(errors="ignore"))

    def on_close(self) -> None:
        """Tell no more."""
        super().on_close()
        self._follows.close()
        self._watcher.leave(self._tell)
