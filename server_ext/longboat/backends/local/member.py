"""One replica as its supervisor sees it."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import time

from msgspec.structs import replace

from longboat.backends import last_word
from longboat.backends.local.keeper import Order, keep
from longboat.backends.local.memory import tree_memory
from longboat.backends.local.record import ReplicaFacts
from longboat.backends.local.reports import KILL, TERMINATE, Began, Ended, NotBegun, Report, heard
from longboat.backends.verdict import End
from longboat.explain.cause import Cause
from longboat.guest import wire
from longboat.records.layout import ReplicaDirectory
from longboat.records.status import ReplicaState
from longboat.spec.job import Replica
from longboat.system.identity import Identity, identify
from longboat.system.processes import Process
from longboat.system.spawn import fork

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CANNOT_BE_RUN = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ENOEXEC, errno.ELOOP)
"""What execve(2) says of the file itself; the rest is about its arguments or the machine."""
_WARN_AT = 0.9
"""Of the limit."""


class Member:
    """A replica, the pipes to its keeper, and what has become of it."""

    def __init__(self, replica: Replica, directory: ReplicaDirectory, limit: int) -> None:
        self.replica = replica
        self.directory = directory
        self.facts = ReplicaFacts(role=replica.role, index=replica.index)
        self.end: End | None = None
        self.reports: int | None = None
        """What to wait on; None before there is a keeper and after it has gone."""
        self._orders: int | None = None
        self._python = ""
        self._asked_at: float | None = None
        self._limit = limit
        self._warned = False
        self._excess: Cause | None = None

    @property
    def keeper(self) -> Identity | None:
        """The keeper, while it lives."""
        return self.facts.keeper if self.reports is not None else None

    @property
    def began(self) -> bool:
        """Whether the user's interpreter has been executed."""
        return self.facts.process is not None or self.facts.exit_code is not None

    def start(self, order: Order, port: int, lease: int) -> None:
        """Fork the keeper, which keeps the lease: what it holds is in use until it is gone.

        Raises OSError.
        """
        orders, self._orders = os.pipe()
        self.reports, reports = os.pipe()
        try:
            keeper = fork(lambda: keep(order, orders, reports), {orders, reports, lease})
        finally:
            os.close(orders)
            os.close(reports)
        self._python = order.command[0]
        self.facts = replace(self.facts, port=port, keeper=identify(keeper))

    def ask(self, *, kill: bool = False) -> None:
        """Ask it to end; only the first time counts, but a kill may follow a stop."""
        if self._asked_at is None or kill:
            self._asked_at = self._asked_at or time.monotonic()
            self._order(KILL if kill else TERMINATE)

    def _order(self, order: bytes) -> None:
        if self._orders is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._orders, order)

    def listen(self) -> bool:
        """Read what the keeper reports; False when it died without saying how the replica ended."""
        assert self.reports is not None
        data = os.read(self.reports, 4096)
        for report in heard(data):
            self._note(report)
        if data:
            return True
        self._hang_up()
        return self.end is not None

    def _hang_up(self) -> None:
        for descriptor in (self.reports, self._orders):
            if descriptor is not None:
                os.close(descriptor)
        self.reports = self._orders = None

    def _note(self, report: Report) -> None:
        if isinstance(report, Began):
            self.facts = replace(self.facts, state="running", process=report.process)
        elif isinstance(report, NotBegun):
            self.fail(self._why_not_begun(report))
        elif report.log_error:
            self._finish(report, self._why_no_log(report.log_error))
        else:
            self._finish(report, self._excess)

    def _finish(self, report: Ended, known: Cause | None) -> None:
        """Conclude from the exit and the guest's last word, unless the cause is ``known``."""
        word = last_word.read_last_word(self.directory)
        code = last_word.true_code(report.code, word)
        cause = known or last_word.cause_of_end(self.replica, code, word)
        self._conclude(code, cause, self._moment(report, word))

    def _moment(self, report: Ended, word: last_word.LastWord | None) -> float:
        """When it failed or succeeded: an error is written down before the process is gone."""
        # A stop is never before we asked for it, whatever the clock of a file server says.
        spoke = word is not None and word.state != "stopped"
        written = last_word.written_at(self.directory) if spoke else None
        if written is None:
            return report.exited
        since = time.time() - time.monotonic()
        return min(report.exited, written - since)

    def lose(self) -> None:
        """Conclude that it was killed, as its keeper was, unless it has had its last word."""
        self._finish(Ended(-signal.SIGKILL, time.monotonic()), self._excess)

    def fail(self, cause: Cause) -> None:
        """Conclude that it never ran."""
        self._conclude(None, cause)

    def give_up(self) -> None:
        """Conclude that it was never started, because another could not be."""
        if self.end is None and self.reports is None:
            self._asked_at = self._asked_at or time.monotonic()
            self._conclude(None, Cause("stopped-by-user"))

    def _conclude(self, code: int | None, cause: Cause | None, at: float | None = None) -> None:
        at = time.monotonic() if at is None else at
        asked = self._asked_at is not None and at >= self._asked_at and self._excess is None
        state: ReplicaState = "succeeded" if cause is None else "failed"
        self.end = End(self.replica, at, cause, asked)
        self.facts = replace(self.facts, state="stopped" if asked else state, exit_code=code)

    def _why_not_begun(self, report: NotBegun) -> Cause:
        if report.number in _FULL:
            return Cause("disk-full", {"path": report.file})
        if report.file == self._python and report.number in _CANNOT_BE_RUN:
            return Cause("interpreter-missing", {"python": self._python})
        text = f"{report.file}: {os.strerror(report.number)}"
        return Cause("start-failed", {"replica": str(self.replica), "error": text})

    def _why_no_log(self, number: int) -> Cause:
        if number in _FULL:
            return Cause("disk-full", {"path": str(self.directory.log)})
        text = f"its log could not be written: {os.strerror(number)}"
        return Cause("start-failed", {"replica": str(self.replica), "error": text})

    def measure(self, rows: dict[int, Process]) -> None:
        """Look at its memory: keep the peak, warn near the limit, end it above."""
        if self.keeper is None:
            return
        peak = self.facts.memory_peak or 0
        used = tree_memory(self.keeper.pid, rows, enough=peak)
        if used > peak:
            self.facts = replace(self.facts, memory_peak=used)
        if used > self._limit:
            self._excess = self._excess or Cause(
                "out-of-memory",
                {"replica": str(self.replica), "limit": self._limit, "used": used},
            )
            self._order(KILL)
        elif used > self._limit * _WARN_AT and not self._warned:
            self._warned = True
            self._warn(used)

    def _warn(self, used: int) -> None:
        mib = 1 << 20
        message = (
            f"This replica uses {used // mib} of its {self._limit // mib} MiB of memory; "
            "above that it is ended. Ask for more with --memory."
        )
        with contextlib.suppress(OSError):
            wire.append(str(self.directory.events), wire.encode(wire.WARNING, message=message))
