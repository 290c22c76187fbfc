"""What another version answers to the same: a pure comparison of two answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from longboat.errors import UserError
from longboat.services.tries import Try

Verdict = Literal["same", "same-class", "other", "refused"]
"""``same-class``: other numbers, of which the largest stands at the same place."""
CLOSE = 1e-6
"""Two programs of one model may differ by as much."""


class Difference(msgspec.Struct, frozen=True):
    """One kept try, asked again."""

    kept: Try
    now: Any
    """The answer; a sentence where it is refused."""
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Give the stable JSON."""
        told = {"id": self.kept.id, "version": self.kept.version, "instance": self.kept.instance}
        return {**told, "then": self.kept.answer, "now": self.now, "verdict": self.verdict}


def replayed(tries: list[Try], ask: Callable[[Any], Any]) -> list[Difference]:
    """Ask each again; ``ask`` gives the answer to an instance, or raises UserError."""
    return [_replayed(each, ask) for each in tries]


def _replayed(kept: Try, ask: Callable[[Any], Any]) -> Difference:
    try:
        now = ask(kept.instance)
    except UserError as error:  # the other version takes something else
        return Difference(kept, str(error), "refused")
    return Difference(kept, now, compare(kept.answer, now))


def compare(then: Any, now: Any) -> Verdict:
    """Say how much two answers are the same."""
    if _close(then, now):
        return "same"
    before, after = _numbers(then), _numbers(now)
    if before and after and len(before) == len(after) and _best(before) == _best(after):
        return "same-class"
    return "other"


def _close(then: Any, now: Any) -> bool:
    if _is_number(then) and _is_number(now):
        return math.isclose(then, now, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(map(_close, then, now))
    if isinstance(then, dict) and isinstance(now, dict):
        return then.keys() == now.keys() and all(_close(then[name], now[name]) for name in then)
    return bool(then == now)


def _numbers(answer: Any) -> list[float] | None:
    """Find the first list of numbers, as in the probabilities of classes."""
    if isinstance(answer, list) and len(answer) > 1 and all(map(_is_number, answer)):
        return answer
    inner = answer.values() if isinstance(answer, dict) else ()
    return next((found for each in inner if (found := _numbers(each))), None)


def _best(values: list[float]) -> int:
    return values.index(max(values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
