"""Where a history can break: every durable effect announces itself here, before and after."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import ClassVar

from longboat.errors import Unavailable

STORE = frozenset({"append_event", "write_status", "forget_secrets", "remove"})
ASKED = frozenset({"observe", "start", "stop", "publish", "clean", "erase", "register"})
NEVER_BOTH = frozenset({"start", "register"})
"""Where Unavailable means that nothing was done."""

Cell = tuple[str, str, str]
"""Transition, effect, "before" or "after"."""


class Crash(BaseException):
    """The steward's process is gone."""


class Violation(BaseException):
    """A promise is broken; no ``except Exception`` may swallow it."""


class DiskFull(OSError):
    """An injected failure of a write."""


class Faults:
    """Draws what happens around each effect, and counts what was hit."""

    current: ClassVar[Faults]
    """Those of the history that is being played."""

    def __init__(self, random: Random, rate: float) -> None:
        self.rate = rate
        self.transition = "-"
        """What is being carried out: set by the wrapper around reconcile."""
        self.reached: set[Cell] = set()
        self.crashed: set[Cell] = set()
        self.target: Cell | None = None
        """Where to crash for certain, once."""
        self.meanwhile: Callable[[], None] = lambda: None
        self.trace: list[str] | None = None
        self._random = random
        self._paused = False

    def note(self, text: str) -> None:
        """Keep a line for whoever replays this history."""
        if self.trace is not None:
            self.trace.append(text)

    def before(self, effect: str) -> None:
        """Call before an effect; it may never come to it."""
        self._around(effect, "before")

    def after(self, effect: str) -> None:
        """Call after an effect; the caller may never learn of it."""
        self._around(effect, "after")

    def _around(self, effect: str, side: str) -> None:
        if self._paused:
            return
        cell = (self.transition, effect, side)
        self.reached.add(cell)
        if self.trace is not None:
            self.trace.append(f"      {side} {effect}")
        if cell == self.target:
            self.target = None
            self._crash(cell)
        if self._random.random() < self.rate:
            self._strike(cell, effect, side)

    def _crash(self, cell: Cell) -> None:
        self.crashed.add(cell)
        self.note(f"!!! crash {cell[2]} {cell[1]}")
        raise Crash

    def _strike(self, cell: Cell, effect: str, side: str) -> None:
        draw = self._random.random()
        if draw < 0.5:
            self._crash(cell)
        if draw < 0.8:
            self.undisturbed(self.meanwhile)
        elif effect in ASKED and (side == "before" or effect not in NEVER_BOTH):
            self.note(f"!!! unavailable {side} {effect}")
            raise Unavailable("The model backend does not answer.")
        elif effect in STORE and side == "before":
            self.note(f"!!! no space before {effect}")
            raise DiskFull(28, "No space left in the model world")

    def undisturbed(self, happening: Callable[[], None]) -> None:
        """Let something happen that is not the steward's doing."""
        self._paused = True
        try:
            happening()
        finally:
            self._paused = False
