"""TensorBoard's own process: started, waited for, ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

from longboat.errors import BadInput, Unavailable
from longboat.system.prctl import die_with_parent
from longboat.system.spawn import execute

HOST = "127.0.0.1"
FIRST_PORT = 6006
"""TensorBoard's own."""
_PORTS = 200
"""How many are tried from there where none was asked for."""
_PATIENCE = 120.0
"""Seconds until it must answer: a busy machine imports TensorFlow slowly."""
_LOOK = 0.1
"""Seconds between two looks whether it answers."""
_GRACE = 5.0
"""Seconds it has to end by itself."""
RELOAD = 2
"""Seconds between two looks of its at the files."""

# Proxies are for what is far away.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def check_installed() -> None:
    """Raises Unavailable where TensorBoard is not installed beside Longboat."""
    if find_spec("tensorboard") is None:
        raise Unavailable(
            f"TensorBoard is not installed beside Longboat; {sys.executable} -m pip install "
            "tensorboard installs it."
        )


def choose_port(asked: int | None) -> int:
    """Choose a port that is free now. Raises BadInput when the one ``asked`` for is taken."""
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS) if asked is None else (asked,):
        try:
            # As TensorBoard's own server binds: what has just ended there does not count.
            socket.create_server((HOST, port)).close()
        except OSError as error:
            why = error.strerror
        else:
            return port
    if asked is None:
        raise Unavailable(f"No port from {FIRST_PORT} on is free; choose one with --port.")
    raise BadInput.of(
        "port", f"Port {asked} cannot be used ({why}); choose another, or leave it to Longboat."
    )


class TensorBoard:
    """A process that shows ``logdir`` and ends, at the latest, with the thread that started it."""

    def __init__(self, logdir: Path, folder: Path, port: int) -> None:
        """Start it; what it leaves behind and says is in ``folder``. Raises OSError."""
        self.url = f"http://{HOST}:{port}/"
        self._log = folder / "log"
        environment = {
            **os.environ,
            "TMPDIR": str(folder),
            # It draws curves: the machine's GPUs are for jobs.
            "CUDA_VISIBLE_DEVICES": "",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        options = [
            *("--logdir", str(logdir), "--host", HOST, "--port", str(port)),
            *("--reload_interval", str(RELOAD)),
        ]
        parent = os.getpid()

        def prepare() -> None:
            os.setsid()  # a terminal's Ctrl-C is for us, who then end it
            die_with_parent(parent)

        with self._log.open("wb") as log:
            self._pid = execute(
                [sys.executable, "-m", "tensorboard.main", *options],
                environment=environment,
                folder=folder,
                output=log.fileno(),
                prepare=prepare,
            )
        self._ended = os.pidfd_open(self._pid)

    def wait_ready(self) -> None:
        """Block until it answers. Raises Unavailable."""
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if self.ended_within(_LOOK):
                raise self.end_of_its_own()
            if time.monotonic() > deadline:
                raise Unavailable(f"TensorBoard does not answer after {_PATIENCE:.0f} seconds.")

    def _answers(self) -> bool:
        try:
            with _opener.open(f"{self.url}data/runs", timeout=_LOOK * 20):
                return True
        except OSError:
            return False

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end; False when it still runs then."""
        ready, _, _ = select.select([self._ended], [], [], seconds)
        return bool(ready)

    def end_of_its_own(self) -> Unavailable:
        """Tell that it has ended, with its last words."""
        lines = self._log.read_text(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return Unavailable(f"TensorBoard has ended by itself: {said}")

    def close(self) -> None:
        """End it, all of it."""
        if not self.ended_within(0):
            os.kill(self._pid, signal.SIGTERM)
            if not self.ended_within(_GRACE):
                os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._ended)
