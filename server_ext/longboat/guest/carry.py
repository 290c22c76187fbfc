"""``python longboat.pyz carry``: the first process of a pod that the host cannot reach otherwise.

It runs the ordinary guest as its child and brings everything the child says, reports and leaves to
the host through standard output: the child's bytes as they come, between them records (inband.py).
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from functools import partial
from typing import NamedTuple, NoReturn, Optional

from longboat.guest import carrying_child, context, copies, final, inband, provisions
from longboat.guest import carrying_files as files
from longboat.guest import order as orders
from longboat.guest.carrying_child import Child, Signals
from longboat.guest.carrying_copy import Copy
from longboat.guest.carrying_events import Tail
from longboat.guest.carrying_outlet import Outlet
from longboat.guest.carrying_place import Folders, environment, replica
from longboat.guest.carrying_usage import Usage
from longboat.guest.carrying_voice import Voice
from longboat.guest.order import Order

STOP_SECONDS = 5.0
"""Between SIGTERM and SIGKILL."""
PATIENCE = 30.0
"""Seconds for whoever reads our output, and for the volume with the copy of it, to take some of it,
once nothing else is left to do."""
_TURN = 0.1
"""Seconds between two looks for events and unfinished lines."""
_END_SECONDS = 4.0
"""For all descendants to disappear; only one that the kernel holds on to takes so long."""
_CHUNK = 1 << 16
_DRAIN_SECONDS = 1.0
"""For the end of the output, when somebody outside the tree has been given the pipe."""
_DRAIN_CHUNKS = 16
"""Of the same; together the largest pipe there may be."""


class Options(NamedTuple):
    """How a carrier is set up; a pod uses the defaults."""

    job: str = orders.FOLDER
    """The folder with the order and the packed snapshot."""
    run: str = orders.RUN_FOLDER
    """The replica's folder."""
    limit: int = files.LIMIT
    """Bytes of files that are sent."""
    patience: float = PATIENCE


def carry(options: Options) -> NoReturn:
    """Carry one replica from beginning to end, then exit with its code (128 + signal).

    An evaluator's carrier exits with 0: its pod would fail a job that has not failed, with all of
    the other pods. How it ended is in its records.
    """
    signals = Signals()
    try:
        with open(os.path.join(options.job, orders.ORDER), "rb") as file:
            order = orders.decode(file.read())
    except (OSError, ValueError, TypeError) as error:
        sys.exit(f"longboat: The order of this replica cannot be read: {error}")
    outlet = Outlet(1, order.nonce, options.patience)
    code = _carry(order, options, outlet, signals)
    outlet.settle()
    if os.environ.get(orders.ROLE_NAME) == "evaluator":
        sys.exit(0)
    sys.exit(128 - code if code < 0 else code)


def _carry(order: Order, options: Options, outlet: Outlet, signals: Signals) -> int:
    usage = Usage()
    voice = Voice(outlet, _copy(order, options))
    try:
        folders = Folders(options.run, os.environ)
        told = environment(order, folders, os.environ)
        here = context.read(told)
        folders.prepare(options.job, order.code)
        originals = files.digests(folders.work)
        key = order.environment_key
        python = provisions.check(copies.VOLUME, key) if key else ""
        child = Child(carrying_child.command(order.entry, python), told, folders.work)
    except Exception as error:
        return _refuse(error, voice)
    voice.record(inband.BEGAN)
    _Watch(child, outlet, voice, signals, Tail(folders.events)).until_the_end()
    assert child.exit_code is not None  # the watch has waited for it
    voice.leave(
        partial(files.send, folders=folders, leads=here.is_leader, originals=originals),
        options.limit,
        exit_code=child.exit_code,
        at=child.ended_at,
        memory_peak=usage.peak(),
        oom=usage.out_of_memory(),
    )
    return child.exit_code


def _copy(order: Order, options: Options) -> Optional[Copy]:
    path = copies.own_path(os.environ, "-".join(replica(os.environ)))
    return Copy(path, order.nonce, options.patience) if path else None


def _refuse(error: Exception, voice: Voice) -> int:
    """Say what kept the replica from starting, as the guest would have said it."""
    verdict = final.judge(error)
    voice.text(f"longboat: This replica could not start: {error}\n".encode("utf-8", "replace"))
    status = json.dumps(verdict._asdict(), ensure_ascii=False).encode("utf-8", "replace")
    send = partial(files.send_file, path="status.json", content=status)
    ended = {"at": time.time(), "memory_peak": None, "oom": False}
    voice.leave(send, files.LIMIT, exit_code=verdict.exit_code, **ended)
    return verdict.exit_code


class _Watch:
    """The loop over the child's output and events, requests to stop, and the child's exit."""

    def __init__(
        self, child: Child, outlet: Outlet, voice: Voice, signals: Signals, events: Tail
    ) -> None:
        self._child = child
        self._outlet = outlet
        self._voice = voice
        self._signals = signals
        self._events = events
        self._output_open = True
        self._kill_at: Optional[float] = None

    def until_the_end(self) -> None:
        """Return when the child has ended, nothing it started is left, and all is passed on."""
        while self._child.exit_code is None:
            self._turn(_TURN)
            self._obey()
            self._child.reap()
        self._child.end_all(_END_SECONDS)
        self._drain()

    def _turn(self, seconds: float) -> None:
        """Wait for something to happen, and pass it on.

        Where nobody takes what is passed on, the child must wait too; a request to stop need not.
        """
        outlet = self._outlet
        reading = [self._signals.descriptor]
        if self._output_open and not outlet.full:
            reading.append(self._child.output)
        writing = [outlet.descriptor] if outlet.pending else []
        ready, _, _ = select.select(reading, writing, [], seconds)
        self._signals.clear()
        if self._child.output in ready:
            self._copy()
        if not outlet.full:
            self._events.forward(self._voice)
        self._voice.push()

    def _copy(self) -> None:
        data = os.read(self._child.output, _CHUNK)
        self._output_open = bool(data)
        if data:
            self._voice.text(data)

    def _obey(self) -> None:
        now = time.monotonic()
        if self._signals.asked_to_stop and self._kill_at is None:
            self._kill_at = now + STOP_SECONDS
            self._child.ask_to_stop()
        if self._kill_at is not None and now >= self._kill_at:
            self._child.end_all(_END_SECONDS)

    def _drain(self) -> None:
        """Pass on what was printed and reported before everybody who could was ended."""
        for _ in range(_DRAIN_CHUNKS):
            if not self._output_open or not self._is_ready(self._child.output):
                break
            self._copy()
            self._outlet.make_room()
        while self._events.forward(self._voice):
            self._outlet.make_room()

    @staticmethod
    def _is_ready(descriptor: int) -> bool:
        return bool(select.select([descriptor], [], [], _DRAIN_SECONDS)[0])
