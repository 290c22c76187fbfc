"""The keeper of one replica: executes it, writes its log, and lets nothing of it survive.

A process of its own between supervisor and replica. It adopts whatever the replica orphans, and it
learns of the supervisor's death by the end of a pipe that only the supervisor writes to.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from longboat.backends.local.reports import KILL, Began, Ended, NotBegun, say
from longboat.records.layout import ReplicaDirectory
from longboat.records.logs import LogWriter
from longboat.system import prctl
from longboat.system.identity import identify
from longboat.system.processes import Process, descendants, end_descendants, send
from longboat.system.spawn import execute

STOP_SECONDS = 5.0
"""Between SIGTERM and SIGKILL."""
_PIPE_SIZE = 1 << 20
"""Bytes; the largest an ordinary user may ask for."""
_END_SECONDS = 4.0
"""For all descendants to disappear; only one that the kernel holds on to takes so long."""
_DRAIN_SECONDS = 1.0
"""For the rest of the output, when somebody outside the tree has been given the pipe."""


class Order(NamedTuple):
    """What to execute, and where its output goes."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    directory: ReplicaDirectory


def keep(order: Order, orders: int, reports: int) -> None:
    """Be the keeper, until the replica and all it left behind are gone.

    ``orders`` is the end of the supervisor's pipe to read from, ``reports`` the one to write to.
    """
    prctl.set_name("longboat-keeper")
    prctl.adopt_orphans()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    output, writing = os.pipe()
    with contextlib.suppress(OSError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    try:
        log = LogWriter(order.directory.log, order.directory.log_times)
        process = _execute(order, writing)
    except OSError as error:
        say(reports, NotBegun(error.errno or 0, str(error.filename)))
        return
    os.close(writing)
    began = identify(process)
    if began is not None:
        say(reports, Began(began))
    say(reports, _Watch(process, output, orders, log).until_the_end())


def _execute(order: Order, output: int) -> int:
    me = os.getpid()

    def prepare() -> None:
        os.setsid()
        prctl.die_with_parent(me)

    return execute(
        order.command,
        environment=order.environment,
        folder=order.folder,
        output=output,
        prepare=prepare,
    )


class _Watch:
    """The keeper's loop over output, orders and the replica's exit."""

    def __init__(self, process: int, output: int, orders: int, log: LogWriter) -> None:
        self._process = process
        self._output = output
        self._orders = orders
        self._log = log
        self._exit = os.pidfd_open(process)
        self._log_error = 0
        self._kill_at: float | None = None
        self._poll = select.poll()
        for descriptor in (output, orders, self._exit):
            self._poll.register(descriptor, select.POLLIN)

    def until_the_end(self) -> Ended:
        while self._exit not in (ready := self._wait()):
            if self._output in ready and not self._copy():
                self._poll.unregister(self._output)
            if self._orders in ready:
                self._obey(os.read(self._orders, 64))
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._kill()
        exited = time.monotonic()
        code = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        end_descendants(_END_SECONDS)
        self._drain()
        self._log.close()
        return Ended(code, exited, self._log_error)

    def _wait(self) -> set[int]:
        timeout = None
        if self._kill_at is not None:
            timeout = max(0.0, self._kill_at - time.monotonic()) * 1000
        return {descriptor for descriptor, _ in self._poll.poll(timeout)}

    def _copy(self) -> bool:
        """Move what has been printed into the log; False when nobody can print any more."""
        data = os.read(self._output, _PIPE_SIZE)
        if data and not self._log_error:
            try:
                self._log.write(data)
            except OSError as error:
                # The job is not worth more than its log; what is still printed is thrown away.
                self._log_error = error.errno or -1
                self._kill_at = time.monotonic()
        return bool(data)

    def _obey(self, orders: bytes) -> None:
        if not orders:
            self._poll.unregister(self._orders)
        if not orders or KILL in orders:
            self._kill_at = time.monotonic()
        elif self._kill_at is None:
            self._kill_at = time.monotonic() + STOP_SECONDS
            for member in self._session():
                send(member.pid, member.started, signal.SIGTERM)

    def _session(self) -> list[Process]:
        return [row for row in descendants(os.getpid()) if row.session == self._process]

    def _kill(self) -> None:
        """Kill the replica; what it leaves behind is ended when its exit is seen."""
        self._kill_at = None
        os.kill(self._process, signal.SIGKILL)

    def _drain(self) -> None:
        """Copy what was printed before everybody who could print was ended."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._output], [], [], left)
            if not ready or not self._copy():
                return
