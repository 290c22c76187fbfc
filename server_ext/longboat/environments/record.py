"""What is known of an environment: environment.json in its folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec

from longboat.snapshots.interpreter import Interpreter

RECORD = "environment.json"


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Written last: a folder that has it is whole."""

    base: str
    """The interpreter over which it lies, an absolute path."""
    requirements: tuple[str, ...]
    """Sorted."""
    built: float
    """Seconds since the epoch."""
    installed: dict[str, str]
    """Name → version of what the base did not have."""


def key_of(base: str, answer: Interpreter, requirements: tuple[str, ...]) -> str:
    """Name the environment by its content: another base, or more in it, is another one."""
    content = [base, answer.version, answer.prefix, sorted(answer.distributions.items())]
    text = json.dumps([*content, requirements])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"
