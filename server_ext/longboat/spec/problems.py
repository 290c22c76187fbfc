"""Collect what is wrong, to say all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from longboat.errors import BadInput, Problem

P = ParamSpec("P")
T = TypeVar("T")


class Problems:
    """The problems found so far."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, field: str, message: str) -> None:
        """Note one more."""
        self.found.append(Problem(field, message))

    def attempt(self, default: T, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it; a BadInput is noted and ``default`` takes the result's place."""
        try:
            return call(*args, **kwargs)
        except BadInput as error:
            self.found.extend(error.problems)
            return default

    def finish(self) -> None:
        """Raise BadInput with everything noted, each once; return when there is nothing."""
        if self.found:
            raise BadInput(dict.fromkeys(self.found))


def shown(value: Any, limit: int = 60) -> str:
    """Write a value into a sentence: one line, printable, not too long."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except ValueError:  # Python writes no number of over 4300 digits.
        text = f"{type(value).__name__} of too many digits"
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
