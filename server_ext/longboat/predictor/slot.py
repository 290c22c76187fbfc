"""One model version, kept answering by one child at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from longboat.predictor.control import Served, Stats
from longboat.predictor.counters import Counters, create_block, merge
from longboat.predictor.reporting import ChildSpec, Report

BACKOFF = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before a killed child's successor starts: at once the first time."""
STABLE = 60.0
"""Seconds after which a death is the first again."""
MAX_LOADS = 3
"""Deaths while loading, with nothing answered yet, after which the version is given up."""
_DEATH = "The predictor did not survive loading the model: {}; predictor.log has its output."
LEAVE_TIMEOUT = 35.0
"""Seconds after which a draining child that is stuck is killed."""


class Shared(NamedTuple):
    """What all children of a service share."""

    listen: int
    """Descriptor of the listening socket."""
    token: Path
    changed: Callable[[], None]
    """Called whenever a slot's state is another."""


class Slot:
    """Keeps a child alive for one version until told to leave."""

    def __init__(self, served: Served, shared: Shared) -> None:
        self.served = served
        self.ready = False
        """A child accepts requests."""
        self.proven = False
        """A child once did."""
        self.failure = ""
        """Why this version cannot be served; final."""
        self.deaths = 0
        """Of children in a row."""
        self._shared = shared
        self._dead = Stats()
        """What children counted that are no more."""
        self._counters: Counters | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._leaving = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    @property
    def struggling(self) -> bool:
        """Nothing answers, and nothing will very soon."""
        return not self.ready and (bool(self.failure) or self.deaths >= MAX_LOADS)

    def stats(self) -> Stats:
        """What this slot's children have counted."""
        if self._counters is None:
            return self._dead
        return merge(self._dead, self._counters.totals(dead=False))

    def leave(self) -> None:
        """Let the child drain and end, and start no other."""
        self._leaving.set()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            asyncio.get_running_loop().call_later(LEAVE_TIMEOUT, _kill, self._process)

    async def gone(self) -> None:
        """Wait until nothing of it is left."""
        await self._task

    async def _keep(self) -> None:
        while not self._leaving.is_set() and not self.failure:
            began = time.monotonic()
            try:
                end = _end_of(await self._one_life())
            except OSError as error:
                end = f"it could not be started: {error.strerror or error}"
            if self._leaving.is_set() or self.failure:
                break
            self.deaths = 1 if time.monotonic() - began > STABLE else self.deaths + 1
            if not self.proven and self.deaths >= MAX_LOADS:
                self.failure = _DEATH.format(end)
            self._shared.changed()
            await self._pause(BACKOFF[min(self.deaths, len(BACKOFF)) - 1])
        self._shared.changed()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._leaving.wait(), seconds)
        except TimeoutError:
            return

    async def _one_life(self) -> int:
        """Start a child and follow it to its end; gives its exit code. Raises OSError."""
        with await self._start() as reports:
            assert self._process is not None and self._counters is not None
            if self._leaving.is_set():
                self._process.terminate()
            await self._listen(reports)
        code = await self._process.wait()
        self.ready = False
        self._dead = merge(self._dead, self._counters.totals(dead=True))
        self._counters = None
        return code

    async def _start(self) -> BinaryIO:
        """Start a child; gives the pipe on which it reports. Raises OSError."""
        with contextlib.ExitStack() as lent:
            block = create_block()
            lent.callback(os.close, block)
            here, there = os.pipe()
            lent.callback(os.close, there)
            reports = os.fdopen(here, "rb", 0)
            try:
                self._counters = Counters(block)
                self._process = await self._spawn(there, block)
            except BaseException:
                reports.close()
                raise
            return reports

    async def _spawn(self, report: int, block: int) -> asyncio.subprocess.Process:
        """Start it from the lasting main thread: the parent-death signal follows that thread."""
        spec = ChildSpec(
            served=self.served,
            parent=os.getpid(),
            listen=self._shared.listen,
            report=report,
            counters=block,
            token=str(self._shared.token),
        )
        argument = msgspec.json.encode(spec).decode()
        command = [sys.executable, "-P", "-m", "longboat.predictor", "--child", argument]
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(self._shared.listen, report, block),
        )

    async def _listen(self, reports: BinaryIO) -> None:
        """Read what the child reports until it ends."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), reports
        )
        try:
            while line := await reader.readline():
                self._heard(msgspec.json.decode(line, type=Report))
        finally:
            transport.close()

    def _heard(self, report: Report) -> None:
        if report.state == "ready":
            self.ready = self.proven = True
        else:
            self.failure = report.message
        self._shared.changed()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


def _end_of(code: int) -> str:
    """Say how a child ended, by its exit code."""
    if code == -signal.SIGKILL:
        return "it was killed, most likely because memory ran out"
    if code < 0:
        return f"signal {signal.Signals(-code).name} ended it"
    return f"it ended with exit code {code}"
