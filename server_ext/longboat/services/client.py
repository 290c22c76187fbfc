"""Asks a service over HTTP, as any client would."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from longboat.errors import BadInput, Broken, LongboatError, Problem, TooLarge, Unavailable

TIMEOUT = 120.0
"""Seconds for an answer: a big batch of a big model takes long."""
FIELD = re.compile(r"([^:]{1,80}): (.+)")


def ask(url: str, token_file: Path, body: Any) -> dict[str, Any]:
    """Ask for predictions: a V1 request body (bytes or object), a list of instances or an array.

    Gives the answer's JSON. Raises BadInput with what the predictor found wrong, TooLarge, and
    Unavailable when it cannot be reached or died over this request.
    """
    data = encode(body)
    token = token_file.read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request("POST", f"{parts.path}:predict", data, headers)
        response = connection.getresponse()
        answer = response.read()
    except ConnectionRefusedError:
        raise Unavailable(f"Nothing answers at {url}; the service may be restarting.") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            f"The predictor at {url} gave no answer ({type(error).__name__}: {error}); if it died "
            "over this request, it is being restarted."
        ) from error
    finally:
        connection.close()
    return _answer(response.status, answer)


def encode(body: Any) -> bytes:
    """Write a request's body. Raises BadInput for what cannot be JSON."""
    if isinstance(body, bytes):
        return body
    if not isinstance(body, dict):
        body = {"instances": body}
    try:
        return json.dumps(body, default=_plain, allow_nan=False).encode()
    except TypeError as error:
        raise BadInput.of("instances", f"They cannot be written as JSON: {error}.") from None
    except (ValueError, RecursionError):
        raise BadInput.of(
            "instances",
            "They hold a NaN, an infinity or themselves, and JSON knows no such thing; send lists "
            "of finite numbers.",
        ) from None


def _plain(value: Any) -> Any:
    """Turn arrays, tensors and numpy's numbers into lists and numbers."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "tolist"):
        return value.tolist()
    kind = type(value).__name__
    raise TypeError(f"a value of type {kind} is neither a number, text, list nor array")


def _answer(status: int, data: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(data)
    except ValueError as error:
        raise Broken(f"The service answered {status} with what is not JSON.") from error
    if status == 200:
        return answer
    raise _error(status, str(answer.get("error", "no reason given")))


def _error(status: int, sentence: str) -> LongboatError:
    if status == 400:
        return BadInput(_problem(line) for line in sentence.splitlines())
    if status == 413:
        return TooLarge(sentence)
    if status == 503:
        return Unavailable(sentence)
    if status == 404:
        # Only during a switch to another model: until then the old one answers at its own address.
        return Unavailable("The service does not answer for this model yet; ask again soon.")
    return Broken(f"The service answered {status}: {sentence}")


def _problem(line: str) -> Problem:
    """Take apart what BadInput joined on the other side."""
    found = FIELD.fullmatch(line)
    return Problem(found[1], found[2]) if found else Problem("body", line)
