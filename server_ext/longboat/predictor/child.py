"""The process that answers: how it starts, and what it says when it cannot.

Light on purpose: what is missing in this interpreter can then be reported instead of only logged.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys

import msgspec

from longboat.errors import LongboatError
from longboat.predictor.reporting import ChildSpec, Report, report

PR_SET_PDEATHSIG = 1
"""linux/prctl.h"""

log = logging.getLogger(__name__)


def main(argument: str) -> int:
    """Be a child; gives the exit code."""
    spec = msgspec.json.decode(argument, type=ChildSpec)
    die_with(spec.parent)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        from longboat.predictor.server import run

        run(spec)
    except Exception as problem:
        log.exception("%s cannot be served", spec.served.path)
        report(spec, Report("failed", _sentence(problem)))
        return 1
    return 0


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies; leave now if it already has."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def _sentence(problem: Exception) -> str:
    """Say in one sentence why a model cannot be served."""
    if isinstance(problem, LongboatError):
        return str(problem)
    if isinstance(problem, ImportError):
        return f"{problem} in {sys.executable}; install longboat[serve] and tensorflow there."
    text = (str(problem).strip().splitlines() or ["no reason given"])[0][:300]
    return f"The model could not be loaded: {type(problem).__name__}: {text}"
