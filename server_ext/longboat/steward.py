"""The reconciling process: on demand, one per home, no daemon to install.

Whoever commits an intent makes sure that one runs (summoning.py). It holds a kernel lock for as
long as it lives, moves jobs and services, and leaves when nothing is unfinished.
"""

from __future__ import annotations

import logging
import os
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from longboat.engine import Controller, Engine
from longboat.records.layout import Home
from longboat.summoning import lock_of
from longboat.system.wake import Bell

log = logging.getLogger(__name__)

LINGER = "LONGBOAT_STEWARD_LINGER"
"""Seconds to stay with nothing to do, so that the next submit finds a warm steward."""
DEFAULT_LINGER = 30.0
BUSY_INTERVAL = 0.25
"""Seconds between looks while something runs: progress and deadlines ring no bell."""
TURNS_WITHOUT_REST = 100
"""Bound on steps in a row, so that two rooms that keep each other busy still let the bell in."""


def serve(home: Home, controllers: Sequence[Controller], linger: float) -> None:
    """Reconcile until nothing has been unfinished for ``linger`` seconds.

    The caller holds the lock.
    """
    with Bell(home.local) as bell:
        idle_since = time.monotonic()
        while True:
            _step_all(controllers)
            busy = any(controller.unfinished for controller in controllers)
            if busy:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since >= linger:
                return
            timeout = BUSY_INTERVAL if busy else linger
            ready, _, _ = select.select([bell], [], [], timeout)
            if ready:
                bell.drain()
            _reap()


def _step_all(controllers: Sequence[Controller]) -> None:
    for _ in range(TURNS_WITHOUT_REST):
        moved = [controller.step() for controller in controllers]
        if not any(moved):
            return


def _reap() -> None:
    """Collect children that ended; those that matter are known by identity, not by wait."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def run(home: Home) -> None:
    """Be the steward of ``home`` unless another is.

    After letting go of the lock it looks once more: an intent committed while it was leaving found
    the lock held and started nobody.
    """
    linger, engine = _linger(), Engine(home)
    while True:
        lock = lock_of(home)
        if not lock.acquire():
            return
        try:
            serve(home, engine.controllers(), linger)
        finally:
            lock.release()
        if not engine.anything_unfinished():
            return


def _linger() -> float:
    given = os.environ.get(LINGER)
    try:
        return DEFAULT_LINGER if given is None else max(0.0, float(given))
    except ValueError:
        log.warning(
            "%s is not a number of seconds: %r; it counts as %g.", LINGER, given, DEFAULT_LINGER
        )
        return DEFAULT_LINGER


def main() -> None:
    """Entry of ``python -m longboat.steward HOME``."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    run(Home(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
