"""Answers 503 while no version can: nobody shall wait in the socket's queue for nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket

SENTENCE = b'{"error":"No version of this service can answer now; ask for its status."}'
ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(SENTENCE), SENTENCE)
)
PATIENCE = 2.0
"""Seconds for a client to send its head, and again to hear the answer out."""
MAX_HEAD = 64 << 10


class StandIn:
    """Accepts in the place of children."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._server: asyncio.Server | None = None

    async def set(self, wanted: bool) -> None:
        """Stand in, or step back; idempotent."""
        if wanted and self._server is None:
            self._server = await asyncio.start_server(
                _decline, sock=self._listening.dup(), limit=MAX_HEAD
            )
        elif not wanted and self._server is not None:
            # Closing closes the duplicate only; waiting for its clients would hold everything up.
            self._server.close()
            self._server = None


async def _decline(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        writer.write(ANSWER)
        writer.write_eof()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_hear_out(reader), PATIENCE)
    writer.close()


async def _hear_out(reader: asyncio.StreamReader) -> None:
    while await reader.read(MAX_HEAD):
        pass
