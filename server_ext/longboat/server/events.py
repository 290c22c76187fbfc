"""The one websocket of a Lab: all there is, then what changes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from longboat.server.handler import RESOURCE
from longboat.server.watching import Message, Watcher

MOST_BYTES = 1 << 16
"""Of one message of a browser's: none is expected."""


class Events(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Tells; what a browser wants it asks for by HTTP."""

    auth_resource = RESOURCE

    def initialize(self, watcher: Watcher) -> None:
        """See tornado."""
        self._watcher = watcher

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

    def on_message(self, message: str | bytes) -> None:
        """Nothing is said here; whoever says something is another program."""
        self.close(1008, "Nothing is expected here.")

    def on_close(self) -> None:
        """Tell no more."""
        super().on_close()
        self._watcher.leave(self._tell)
