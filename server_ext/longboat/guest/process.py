"""Making this process what the user's code expects."""

from __future__ import annotations

import builtins
import faulthandler
import importlib.util
import os
import signal
import sys
from typing import Any, NoReturn

import longboat
from longboat.guest.failure import Stopped


def prepare() -> None:
    """Set up what notebooks and scripts share."""
    faulthandler.enable()
    # Child processes find this longboat too.
    home = os.path.dirname(os.path.dirname(os.path.abspath(longboat.__file__)))
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([home, others] if others else [home])
    # What is printed is in the log at once, not when some buffer is full; in child processes too.
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    # TensorFlow's notes on the processor and its devices: in the log of every replica, of no use.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # still Python's own
    signal.signal(signal.SIGTERM, _stop)
    # Pools end their children by SIGTERM and count on its doing just that.
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))


def _stop(*_: Any) -> NoReturn:
    ignore_sigterm()
    raise Stopped(128 + signal.SIGTERM)


def ignore_sigterm() -> None:
    """Let what runs now come to its end: once asked to stop, asking again changes nothing."""
    # Not SIG_IGN, which child processes would inherit.
    signal.signal(signal.SIGTERM, lambda *_: None)


def behave_like_a_kernel(entry: str) -> None:
    """Give a notebook the working folder, the paths and the manners it has in a kernel."""
    os.chdir(os.path.dirname(os.path.abspath(entry)))
    sys.argv = [os.path.basename(entry)]
    sys.path.insert(0, "")
    if importlib.util.find_spec("matplotlib_inline"):
        backend = "module://matplotlib_inline.backend_inline"
    else:
        backend = "agg"
    os.environ.setdefault("MPLBACKEND", backend)
    builtins.input = _refuse_input


def _refuse_input(*_: Any) -> NoReturn:
    raise RuntimeError(
        "input() has nobody to ask in a job; take a parameter instead: longboat.params(…)."
    )
