"""The few things about a process that only prctl(2) sets."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36

# Loaded at import, in the parent: a forked child of a threaded process should load nothing.
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies (a subreaper)."""
    _call(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Let SIGKILL end this process when the thread that forked it ends.

    ``parent`` is the forking process: it may have died before this call, and then so does this one.
    The setting survives exec, but not a change of credentials.
    """
    _call(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def set_name(name: str) -> None:
    """Name the process, as ps and top show it; at most 15 bytes count."""
    _call(_PR_SET_NAME, ctypes.c_char_p(name.encode()))


def _call(option: int, argument: int | ctypes.c_char_p) -> None:
    if _prctl(option, argument, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
