"""What goes back: always JSON, errors in TensorFlow Serving's format."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

import orjson


class Response(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def error(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Make the answer to a request that failed; the format is TensorFlow Serving's."""
    return Response(status, orjson.dumps({"error": message}), headers)


def render(method: str, response: Response, *, close: bool) -> bytes:
    """Write a response as bytes; HEAD gets no body."""
    status = HTTPStatus(response.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(response.body)}",
        *(f"{name}: {value}" for name, value in response.headers),
        *(["Connection: close"] if close else []),
        "\r\n",
    ]
    head = "\r\n".join(lines).encode("latin-1")
    return head if method == "HEAD" else head + response.body
