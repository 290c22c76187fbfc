"""retention.toml: which ended jobs are kept, and which a steward may remove by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from longboat.errors import BadInput
from longboat.spec.problems import Problems, shown
from longboat.spec.quantities import parse_memory

FIELD = "retention"
MOST_JOBS = 1_000_000


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says; without it everything is kept."""

    jobs_per_name: int | None = None
    """How many ended jobs of each name are kept, the newest; None for all."""
    disk: int | None = None
    """Bytes that all jobs together may take, their snapshots included; None for any amount."""
    pinned: tuple[str, ...] = ()
    """Ids and names of jobs that are kept whatever else is said."""

    @property
    def limited(self) -> bool:
        """Whether anything is ever to be removed."""
        return self.jobs_per_name is not None or self.disk is not None


def retention_file(home: Path) -> Path:
    """Where the retention of a home is written down; there need not be such a file."""
    return home / "retention.toml"


def read_retention(path: Path) -> Retention:
    """Read what is to be kept; everything where there is no file.

    Raises BadInput with every mistake at once: the file, and its line or the key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Retention()
    except OSError as error:
        raise BadInput.of(FIELD, f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput.of(FIELD, f"{path} is not TOML: {error}; mend it.") from error
    problems = Problems()
    found = {key: problems.attempt(None, _value, key, value) for key, value in table.items()}
    if problems.found:
        raise BadInput(each._replace(message=f"{each.message} ({path})") for each in problems.found)
    return Retention(**found)


def _value(key: str, value: Any) -> Any:
    field = f"{FIELD}.{key}"
    if key not in _READERS:
        raise BadInput.of(field, f"There is no such key; choose among {', '.join(_READERS)}.")
    return _READERS[key](value, field)


def _count(value: Any, field: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_JOBS:
        return value
    message = f"{shown(value)} cannot be used: give a whole number from 1 to {MOST_JOBS}."
    raise BadInput.of(field, message)


def _amount(value: Any, field: str) -> int:
    try:
        return parse_memory(value, field)
    except BadInput:
        message = f'{shown(value)} cannot be used: give an amount from 1Mi up, such as "50G".'
        raise BadInput.of(field, message) from None


def _jobs(value: Any, field: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    message = f'{shown(value)} cannot be used: give ids and names of jobs, such as ["baseline"].'
    raise BadInput.of(field, message)


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "jobs_per_name": _count,
    "disk": _amount,
    "pinned": _jobs,
}
