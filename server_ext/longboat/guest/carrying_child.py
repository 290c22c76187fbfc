"""The process that a carrier carries: started, asked to end, and ended with all it left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import Any, Dict, List, Optional

from longboat.guest import carrying_tree as tree

_PAUSE = 0.005
"""Seconds between two looks while processes that were killed disappear."""


class Signals:
    """What comes from outside while the carrier waits: a child's end, a request to stop."""

    def __init__(self) -> None:
        self.descriptor, writing = os.pipe()
        self.asked_to_stop = False
        for end in (self.descriptor, writing):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, self._note)

    def clear(self) -> None:
        """Take note of what has come, so that the descriptor is quiet until more comes."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.descriptor, 4096):
                pass

    def _note(self, number: int, _: Any) -> None:
        if number != signal.SIGCHLD:
            self.asked_to_stop = True


class Child:
    """A command in a session of its own; ``output`` is where all it prints can be read."""

    def __init__(self, command: List[str], environment: Dict[str, str], folder: str) -> None:
        """Execute it. Raises OSError."""
        tree.adopt_orphans()
        self.exit_code: Optional[int] = None
        """Negative for a signal; None while it runs."""
        self.ended_at = 0.0
        """Seconds since the epoch."""
        self.output, writing = os.pipe()
        try:
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)

    def reap(self) -> None:
        """Collect every process that has ended: this one, and orphans of its tree."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                if found[0] == self._process.pid:
                    self.exit_code = os.waitstatus_to_exitcode(found[1])
                    self.ended_at = time.time()
                    # Whoever waits by the pid from here on would wait for a stranger.
                    self._process.returncode = self.exit_code

    def ask_to_stop(self) -> None:
        """Send SIGTERM to its whole session."""
        session = self._process.pid
        rows = [row for row in tree.below(os.getpid()) if row.session == session]
        tree.send(rows, signal.SIGTERM)

    def end_all(self, seconds: float) -> None:
        """Kill and reap it and everything below until nothing is left, within ``seconds``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.reap()
            rows = tree.below(os.getpid())
            if not rows:
                return
            tree.send(rows, signal.SIGKILL)
            time.sleep(_PAUSE)


def command(entry: str, python: str = "") -> List[str]:
    """Say how the ordinary guest runs ``entry``: by ``python``, else this one, with this zipapp."""
    return [python or sys.executable, os.path.abspath(sys.argv[0]), "run", entry]
