"""HTTP/1.1 (RFC 9112), as much as a prediction server needs: httptools parses, this answers.

Whatever can be refused is refused at the end of the head, before a body is read.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Protocol, cast

import httptools

from longboat.predictor.response import Response, error, render

MAX_HEAD = 64 << 10
"""Bytes of a request's line and headers."""
MAX_PENDING = 64
"""Unanswered requests on one connection (pipelining) before it is read no further."""
IDLE_TIMEOUT = 75.0
LINGER = 2.0
"""Seconds in which what a refused client still sends is thrown away; closing at once would reset
the connection, and the client would never see why."""
DRAIN_IDLE = 1.0
"""Seconds that a connection without a request is kept while draining: one may be on its way."""


class Request:
    """One request, and the place of its answer among those of its connection."""

    __slots__ = (
        "_connection",
        "body",
        "data",
        "headers",
        "keep_alive",
        "kind",
        "method",
        "received",
        "url",
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.method = ""
        self.kind = ""
        """What the application made of method and URL."""
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.received = 0.0
        """When it was complete (time.perf_counter)."""
        self.keep_alive = True
        self.data: bytes | None = None

    def answer(self, response: Response) -> None:
        """Send the answer, in the order of the requests."""
        self._connection.answer(self, response)


class Application(Protocol):
    """What answers."""

    max_body: int
    """Bytes."""
    request_timeout: float
    """Seconds."""

    def refuse(self, request: Request) -> Response | None:
        """Judge a request by its head alone; None lets its body be read."""

    def handle(self, request: Request) -> None:
        """Answer a whole request, now or later."""


class Connections:
    """All connections of a server, for what must be done to all of them."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.all: set[Connection] = set()
        self.draining_since: float | None = None

    def connect(self) -> Connection:
        """Make the protocol of a new connection."""
        return Connection(self)

    def tick(self) -> None:
        """Enforce the time limits; called about twice a second."""
        now = time.monotonic()
        for connection in list(self.all):
            connection.tick(now)


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: Connections) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._current: Request | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        """Bytes of the body so far."""
        self._head = 0
        """Bytes of the request's line and headers so far."""
        self._pending: deque[Request] = deque()
        self._since = time.monotonic()
        """Start of the request being received, else of idleness, else of the last goodbye."""
        self._deaf = False
        """What still comes is thrown away."""
        self._closing = False
        """The last answer is sent."""
        self._full = False
        """The client does not fetch its answers."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet nobody: HTTP's client speaks first."""
        # uvloop's transports are not subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._server.all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; answers that come later go nowhere."""
        self._server.all.discard(self)
        self._deaf = self._closing = True

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._deaf:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(error(400, "This server speaks HTTP/1.1 and upgrades to nothing else."))
        except httptools.HttpParserError as problem:
            self._refuse(error(400, f"This is not a valid HTTP request: {problem}."))

    # What the parser calls, in this order.

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._deaf:
            return
        self._current = Request(self)
        self._chunks, self._size, self._head = [], 0, 0
        self._since = time.monotonic()

    def on_url(self, url: bytes) -> None:
        """The target, possibly in pieces."""
        if self._current is not None and self._fits_head(len(url)):
            self._current.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if self._current is not None and self._fits_head(len(name) + len(value)):
            self._current.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The head is there: refuse now what can be refused now."""
        request = self._current
        if request is None:
            return
        request.method = self._parser.get_method().decode("ascii", "replace")
        request.keep_alive = (
            self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        )
        refusal = self._server.application.refuse(request) or self._too_long(request)
        if refusal is not None:
            self._refuse(refusal)
        elif request.headers.get(b"expect", b"").lower() == b"100-continue" and not self._pending:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A piece of the body; a chunked one shows its length only here."""
        if self._current is None:
            return
        self._size += len(body)
        if self._size > self._server.application.max_body:
            self._refuse(self._large())
            return
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        request, self._current = self._current, None
        if request is None:
            return
        request.body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks = []
        request.received = time.perf_counter()
        self._pending.append(request)
        self._throttle()
        self._server.application.handle(request)

    def answer(self, request: Request, response: Response) -> None:
        """Send the answers that are due, oldest request first."""
        if self._server.draining_since is not None:
            request.keep_alive = False
        request.data = render(request.method, response, close=not request.keep_alive)
        while self._pending and (data := self._pending[0].data) is not None:
            last = self._pending.popleft()
            if not self._transport.is_closing():
                self._transport.write(data)
            if not last.keep_alive:
                self._say_goodbye()
                return
        self._throttle()
        if self._current is None:
            self._since = time.monotonic()

    def tick(self, now: float) -> None:
        """Enforce the limits on a client that is slow, gone or idle."""
        waited = now - self._since
        draining = self._server.draining_since
        stuck = self._full and waited > IDLE_TIMEOUT
        if stuck or (self._closing and waited > LINGER):
            self._transport.abort()
        elif self._closing:
            return
        elif self._current is not None:
            limit = self._server.application.request_timeout
            if waited > limit:
                self._refuse(error(408, f"The request was not complete after {limit:g} seconds."))
        elif not self._pending and (
            waited > IDLE_TIMEOUT or (draining is not None and now - draining > DRAIN_IDLE)
        ):
            self._transport.close()

    def pause_writing(self) -> None:
        """The client does not fetch its answers: take no more questions from it."""
        self._full = True
        self._throttle()

    def resume_writing(self) -> None:
        """It does again."""
        self._full = False
        self._throttle()

    def _throttle(self) -> None:
        """Read only while the client does its part."""
        if self._transport.is_closing():
            return
        if self._full or len(self._pending) >= MAX_PENDING:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _fits_head(self, size: int) -> bool:
        self._head += size
        if self._head > MAX_HEAD:
            self._refuse(error(431, f"The request's head is over {MAX_HEAD} bytes."))
        return not self._deaf

    def _too_long(self, request: Request) -> Response | None:
        length = request.headers.get(b"content-length", b"0")
        return self._large() if int(length) > self._server.application.max_body else None

    def _large(self) -> Response:
        limit = self._server.application.max_body
        return error(413, f"The body is over {limit} bytes; send fewer instances at a time.")

    def _refuse(self, response: Response) -> None:
        """Answer a request whose rest will not be read, after those before it; then close."""
        if self._deaf:
            return
        self._deaf = True
        request = self._current or Request(self)
        self._current = None
        request.keep_alive = False
        self._pending.append(request)
        self.answer(request, response)

    def _say_goodbye(self) -> None:
        """Send no more, and throw away what still comes, for a moment."""
        self._deaf = self._closing = True
        self._pending.clear()
        self._since = time.monotonic()
        if not self._transport.is_closing():
            self._transport.write_eof()
        self._throttle()

    def eof_received(self) -> bool:
        """The client sends no more; keep the connection while answers are due."""
        if self._closing or not self._pending:
            return False
        self._pending[-1].keep_alive = False
        return True
