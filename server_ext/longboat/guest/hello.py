"""What peers say to each other before TensorFlow starts: one JSON object on one line.

A visitor says ``{"longboat": 1, "job", "replica", "attempt", "unresolved": [...], "leaving"}``, and
again whenever that changes. The leader answers ``{"longboat": 1, "answer": "waiting" | "go" |
"over" | "refused", "missing": {replica: why}, "attempt"}``. Anything else is a stranger's.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

VERSION = 1
HELLO_LIMIT = 4096
"""Bytes of a hello; whoever sends more without a newline is hung up on."""
ANSWER_LIMIT = 1 << 20
"""Bytes of an answer: it names every missing replica."""
_NAMED = 16
"""How many unresolved names a hello carries: it must stay under its limit."""


class Hello(NamedTuple):
    """A visitor: who it is, and what still keeps it from starting."""

    job: str
    replica: str
    attempt: int
    unresolved: Tuple[str, ...] = ()
    """Replicas whose names it cannot resolve yet."""
    leaving: bool = False
    """It has waited as long as it may."""


class Answer(NamedTuple):
    """The leader's word: "waiting", "go", "over" (somebody gave up) or "refused"."""

    word: str
    missing: Dict[str, str]
    """Replica → why it is not there."""
    attempt: int = 0
    """The leader's own, where it refuses another one's."""


class Overlong(Exception):
    """A line exceeded its limit."""


class Lines:
    """Cuts a stream of bytes into lines of limited length."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""

    def feed(self, data: bytes) -> List[bytes]:
        """Give the lines that ``data`` completes. Raises Overlong."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if max(len(line) for line in [*lines, self._rest]) > self._limit:
            raise Overlong
        return lines


def write_hello(hello: Hello) -> bytes:
    """Write one as its line."""
    shortened = hello._replace(unresolved=hello.unresolved[:_NAMED])
    return _write(shortened._asdict())


def write_answer(answer: Answer) -> bytes:
    """Write one as its line."""
    return _write(
        {"answer": answer.word, "missing": answer.missing, "attempt": answer.attempt},
    )


def parse_hello(line: bytes) -> Optional[Hello]:
    """Read a hello; None for anything that is not one."""
    fields = _fields(line)
    job, replica, attempt = fields.get("job"), fields.get("replica"), fields.get("attempt")
    unresolved, leaving = fields.get("unresolved", []), fields.get("leaving", False)
    if not (isinstance(job, str) and isinstance(replica, str) and type(attempt) is int):
        return None
    if not (isinstance(unresolved, list) and isinstance(leaving, bool)):
        return None
    if not all(isinstance(name, str) for name in unresolved):
        return None
    return Hello(job, replica, attempt, tuple(unresolved), leaving)


def parse_answer(line: bytes) -> Optional[Answer]:
    """Read an answer; None for anything that is not one."""
    fields = _fields(line)
    word, missing, attempt = fields.get("answer"), fields.get("missing"), fields.get("attempt")
    if word not in ("waiting", "go", "over", "refused") or type(attempt) is not int:
        return None
    if not (isinstance(missing, dict) and all(isinstance(why, str) for why in missing.values())):
        return None
    return Answer(word, missing, attempt)


def _write(fields: Dict[str, Any]) -> bytes:
    return json.dumps({"longboat": VERSION, **fields}, separators=(",", ":")).encode() + b"\n"


def _fields(line: bytes) -> Dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if isinstance(fields, dict) and fields.get("longboat") == VERSION:
        return fields
    return {}
