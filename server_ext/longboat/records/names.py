"""Ids of jobs, and what people may write instead of one."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Collection

from longboat.errors import BadInput, NotFound
from longboat.spec.problems import shown

LENGTH = 10
SHORTEST_PREFIX = 3
_SHOWN = 5
_VALID = re.compile(r"[a-z][a-z0-9]{9}")


def random_id() -> str:
    """Draw an id: 10 lowercase letters and digits, a letter first, fit for a DNS label."""
    rest = (secrets.choice(string.ascii_lowercase + string.digits) for _ in range(LENGTH - 1))
    return secrets.choice(string.ascii_lowercase) + "".join(rest)


def is_id(text: str) -> bool:
    """Tell whether ``text`` has the form of an id; nothing else ever becomes a path."""
    return _VALID.fullmatch(text) is not None


def resolve(text: str, ids: Collection[str], newest_named: Callable[[str], str | None]) -> str:
    """Find the job that a person means: by id, by name (its newest), by the beginning of its id.

    A name goes before a prefix, as people choose names and not ids. Raises NotFound, or BadInput
    when several ids begin so.
    """
    if text in ids:
        return text
    if named := newest_named(text):
        return named
    found = sorted(i for i in ids if i.startswith(text)) if text else []
    if not found:
        raise NotFound(f"There is no job {shown(text)!r}; `longboat jobs` lists them.")
    if len(text) < SHORTEST_PREFIX:
        raise NotFound(
            f"There is no job named {text!r}; the beginning of an id needs at least "
            f"{SHORTEST_PREFIX} characters."
        )
    if len(found) > 1:
        first = ", ".join(found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
        raise BadInput.of(
            "job", f"{len(found)} jobs begin with {text!r}: {first}. Write more of it."
        )
    return found[0]
