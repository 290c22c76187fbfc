"""A process of its own that is killed at the n-th thing that it does to the files of a home."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from longboat.system.spawn import fork

WRITES = os.O_WRONLY | os.O_RDWR
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree")


def killed_at(effect: int, home: Path, work: Callable[[], object]) -> bool:
    """Do ``work`` in a fork that gets SIGKILL just before an effect, counted from 1.

    Gives whether it was killed: not when it has fewer effects. Raises AssertionError when it fails.
    """
    pid = fork(lambda: _work(effect, str(home), work), keep=())
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, -signal.SIGKILL), "the work itself failed"
    return status != 0


def _work(effect: int, home: str, work: Callable[[], object]) -> None:
    left = effect

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if _changes(event, arguments, home):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    work()


def _changes(event: str, arguments: tuple[Any, ...], home: str) -> bool:
    if event == "open":
        path, _, flags = arguments
        return bool(flags & WRITES) and _is_in(path, home)
    return event in CHANGES and _is_in(arguments[0], home)


def _is_in(path: object, home: str) -> bool:
    """Whether it lies there; a name relative to an open folder does, as only rmtree uses such."""
    if isinstance(path, int):
        return False
    name = os.fsdecode(path)  # type: ignore[arg-type]  # what os takes
    return name.startswith(home) or not name.startswith("/")
