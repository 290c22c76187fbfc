"""The body of an answer that comes bit by bit, and the lines in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from longboat.backends.kubernetes.api.border import border
from longboat.errors import Unavailable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_AT_ONCE = 1 << 16


class Closed(Unavailable):
    """The stream was closed while it was read."""


class Stream:
    """Iterate over the bytes as they arrive, in one thread; close it from any."""

    def __init__(self, response: BaseHTTPResponse, cluster: str) -> None:
        self._response = response
        self._cluster = cluster
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        """End when the answer ends. Raises Unavailable when it breaks off, Closed when closed."""
        try:
            with border(self._cluster):
                while data := self._response.read1(_AT_ONCE, decode_content=False):
                    if self._closed:
                        break
                    yield data
        except Exception:
            if not self._closed:
                raise
        finally:
            self._response.close()
        if self._closed:
            raise Closed("The stream was closed.")

    def close(self) -> None:
        """End it, also while another thread waits for bytes."""
        self._closed = True
        # Shut down, not closed: what another thread reads from must stay until it has woken.
        with contextlib.suppress(ValueError, RuntimeError, OSError):  # it is over already
            self._response.shutdown()


def lines_in(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Give the lines that each chunk completes, with their newlines; the last may have none."""
    pieces: list[bytes] = []
    for chunk in chunks:
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            lines = b"".join((*pieces, head)).split(b"\n")
            yield [line + newline for line in lines]
            pieces = []
        if tail:
            pieces.append(tail)
    if pieces:
        yield [b"".join(pieces)]
