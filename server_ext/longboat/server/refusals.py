"""The one place where what went wrong becomes an HTTP answer."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tornado.web import HTTPError

from longboat.errors import BadInput, LongboatError

BUG = "Something went wrong in Longboat; the server's log has the details."


class Refusal(NamedTuple):
    """What is answered."""

    status: int
    body: dict[str, Any]


def refusal_of(error: BaseException | None, status: int) -> Refusal:
    """Say it: a sentence, a word for programs, and the fields that are wrong.

    ``status`` is what the server would answer. What is a bug is said without its details: those are
    in the log.
    """
    if isinstance(error, LongboatError):
        return Refusal(error.http_status, _body(str(error), _word(error), _problems(error)))
    if isinstance(error, HTTPError):
        message = error.log_message or error.reason or f"The server answers {status}."
        return Refusal(error.status_code, _body(str(message), f"http-{error.status_code}", []))
    return Refusal(500, _body(BUG, "bug", []))


def _body(message: str, reason: str, problems: list[dict[str, str]]) -> dict[str, Any]:
    field = problems[0]["field"] if problems else None
    if problems:
        message = " ".join(problem["message"] for problem in problems)
    return {"message": message, "reason": reason, "field": field, "problems": problems}


def _problems(error: LongboatError) -> list[dict[str, str]]:
    return [each._asdict() for each in error.problems] if isinstance(error, BadInput) else []


def _word(error: LongboatError) -> str:
    """``BadInput`` → ``bad-input``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
