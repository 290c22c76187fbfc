"""The process that owns the listening socket and moves it from version to version.

A new version's child loads and warms beside the old one; only when it accepts is the old one told
to drain. A connection that nobody has accepted yet waits in the socket's own queue, whoever dies.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from longboat.predictor import control
from longboat.predictor.control import PredictorRecord, PredictorState, Served, Stats, Target
from longboat.predictor.counters import merge
from longboat.predictor.slot import Shared, Slot
from longboat.predictor.standin import StandIn

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between looks at the target and the counters."""


class Myself(NamedTuple):
    """Who the parent is."""

    host: str
    pid: int
    started: int


class Parent:
    """Makes the target so, and says how far it is."""

    def __init__(self, folder: Path, listening: socket.socket, me: Myself, bind: str) -> None:
        self._folder = folder
        self._me = me
        self._port: int = listening.getsockname()[1]
        self._url = f"http://{bind}:{self._port}"
        self._wake = asyncio.Event()
        self._leave = False
        self._shared = Shared(listening.fileno(), folder / control.TOKEN, self._wake.set)
        self._stand_in = StandIn(listening)
        self._target: Target | None = None
        self._current: Slot | None = None
        self._next: Slot | None = None
        self._leaving: set[Slot] = set()
        self._burials: set[asyncio.Task[None] | None] = set()
        self._failure = ""
        self._before = control.read(folder / control.STATS, Stats) or Stats()
        self._written: tuple[PredictorRecord | None, Stats | None] = (None, None)

    async def run(self) -> None:
        """Serve until SIGTERM, then drain."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._wake.set)
        loop.add_signal_handler(signal.SIGTERM, self._stop)
        self._resume()
        while not self._leave:
            self._wake.clear()
            self._adopt()
            self._settle()
            await self._stand_in.set(self._nobody_answers())
            self._publish()
            await self._pause()
        await self._end()

    def _stop(self) -> None:
        self._leave = True
        self._wake.set()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), TICK)
        except TimeoutError:
            return

    def _resume(self) -> None:
        """Go on with what the predecessor served: the target may be one that cannot be loaded."""
        record = control.read(self._folder / control.PREDICTOR, PredictorRecord)
        if record and record.serving and Path(record.serving.path).is_dir():
            self._current = Slot(record.serving, self._shared)

    def _adopt(self) -> None:
        """Read the target; turn to it if it is another."""
        target = control.read(self._folder / control.TARGET, Target)
        if target is None or target == self._target:
            return
        self._target, self._failure = target, ""
        if self._next is not None:
            self._retire(self._next)
            self._next = None
        if self._current is None or self._current.served != target.served:
            self._next = Slot(target.served, self._shared)

    def _settle(self) -> None:
        """Move the socket on to a version that is ready; drop one that failed."""
        if self._next is not None and self._next.ready:
            if self._current is not None:
                self._retire(self._current)
            self._current, self._next = self._next, None
        elif self._next is not None and self._next.failure:
            self._failure = self._next.failure
            self._retire(self._next)
            self._next = None
        if self._current is not None and self._current.failure:
            self._failure = self._failure or self._current.failure
            self._retire(self._current)
            self._current = None

    def _retire(self, slot: Slot) -> None:
        """Let a slot drain; what it counts is still counted."""
        self._leaving.add(slot)
        slot.leave()
        self._burials.add(asyncio.create_task(self._bury(slot)))

    async def _bury(self, slot: Slot) -> None:
        await slot.gone()
        self._leaving.discard(slot)
        self._burials.discard(asyncio.current_task())
        self._before = merge(self._before, slot.stats())

    def _nobody_answers(self) -> bool:
        if self._current is not None:
            return self._current.struggling
        return self._next is None or self._next.struggling

    def _publish(self) -> None:
        """Write what is new; a full disk does not keep anybody from being answered."""
        record, stats = self._record(), self._stats()
        try:
            if record != self._written[0]:
                control.write(self._folder / control.PREDICTOR, record)
            if stats != self._written[1]:
                control.write(self._folder / control.STATS, stats)
        except FileNotFoundError:
            raise  # The service's folder is gone, and so is the service.
        except OSError as error:
            log.warning("How it is cannot be written: %s", error)
            return
        self._written = (record, stats)

    def _record(self) -> PredictorRecord:
        state, message = self._state()
        return PredictorRecord(
            host=self._me.host,
            pid=self._me.pid,
            started=self._me.started,
            url=self._url,
            port=self._port,
            state=state,
            message=message,
            generation=self._target.generation if self._target else 0,
            serving=self._serving,
        )

    @property
    def _serving(self) -> Served | None:
        return self._current.served if self._current is not None else None

    def _state(self) -> tuple[PredictorState, str]:
        if self._leave:
            return "stopped", ""
        if self._failure:
            return "failed", self._failure
        if self._current is not None and self._current.struggling:
            deaths = self._current.deaths
            return "loading", f"The predictor died {deaths} times in a row; see {control.LOG}."
        if self._next is not None or self._current is None or not self._current.ready:
            return "loading", ""
        return "ready", ""

    def _stats(self) -> Stats:
        total = self._before
        for slot in self._slots():
            total = merge(total, slot.stats())
        return total

    def _slots(self) -> Iterable[Slot]:
        yield from self._leaving
        yield from (slot for slot in (self._current, self._next) if slot is not None)

    async def _end(self) -> None:
        await self._stand_in.set(False)
        slots = list(self._slots())
        for slot in slots:
            slot.leave()
        await asyncio.gather(*(slot.gone() for slot in slots))
        self._publish()
