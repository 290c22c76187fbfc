"""Tries that somebody kept: what a model was asked and answered, to be asked of its next version.

One file for each model, LONGBOAT_HOME/tries/<model>.json, replaced whole.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from pathlib import Path
from typing import Any

import msgspec

from longboat.errors import Conflict, NotFound, TooLarge
from longboat.records import codec
from longboat.records.layout import Home
from longboat.spec.names import check_name
from longboat.system.files import write_atomic
from longboat.system.locks import FileLock

MOST = 50
"""Tries of one model: more are no longer looked at one by one."""
LARGEST = 1 << 18
"""Bytes of one try as JSON; a picture of 64 × 64 pixels has a third of it."""
LOCK_SECONDS = 10.0


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One instance, and what a version answered."""

    id: str
    kept: float
    """Seconds since the epoch."""
    version: int
    """Which answered."""
    instance: Any
    answer: Any


class Kept(msgspec.Struct, frozen=True):
    """The file's content."""

    tries: list[Try] = []


class TryStore:
    """The kept tries of one home."""

    def __init__(self, home: Home) -> None:
        self._root = home.tries
        self._locks = home.local / "tries"

    def of(self, model: str) -> list[Try]:
        """List a model's, the newest first. Raises BadInput."""
        path = self._path(model)
        try:
            return codec.decode(path.read_bytes(), Kept, path).tries
        except FileNotFoundError:
            return []

    def keep(self, model: str, version: int, instance: Any, answer: Any) -> Try:
        """Keep one. Raises TooLarge, and Conflict when there are as many as can be."""
        made = Try(
            id=secrets.token_hex(5),
            kept=time.time(),
            version=version,
            instance=instance,
            answer=answer,
        )
        if len(msgspec.json.encode(made)) > LARGEST:
            raise TooLarge(
                f"A try of at most {LARGEST >> 10} KiB of JSON can be kept; this one is larger."
            )
        with self._lock(model):
            before = self.of(model)
            if len(before) >= MOST:
                raise Conflict(
                    f"{MOST} tries of {model} are kept, and more cannot be; remove one first."
                )
            self._write(model, [made, *before])
        return made

    def remove(self, model: str, name: str) -> None:
        """Forget one. Raises NotFound."""
        with self._lock(model):
            before = self.of(model)
            after = [each for each in before if each.id != name]
            if len(after) == len(before):
                raise NotFound(f"There is no try {name!r} of {model}; it may be removed already.")
            self._write(model, after)

    def _write(self, model: str, tries: list[Try]) -> None:
        path = self._path(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, codec.encode(Kept(tries)))

    def _path(self, model: str) -> Path:
        return self._root / f"{check_name('model', model)}.json"

    def _lock(self, model: str) -> contextlib.AbstractContextManager[None]:
        return FileLock(self._locks / f"{check_name('model', model)}.lock").hold(LOCK_SECONDS)
