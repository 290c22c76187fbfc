"""How a steward is called, by whoever has made an intent durable or finds work undone."""

from __future__ import annotations

import sys
from pathlib import Path

from longboat.records.layout import Home
from longboat.system.identity import Identity, identify
from longboat.system.locks import FileLock
from longboat.system.spawn import detach
from longboat.system.wake import ring


def lock_of(home: Home) -> FileLock:
    """The lock whose holder is the steward of ``home``."""
    return lock_in(home.local)


def lock_in(local: Path) -> FileLock:
    """The same, for who knows only the home's local folder."""
    return FileLock(local / "steward.lock")


def command(home: Home) -> tuple[str, ...]:
    """What to execute to be the steward of ``home``."""
    return (sys.executable, "-m", "longboat.steward", str(home.path))


def ensure(home: Home) -> None:
    """Wake the steward of ``home``, or start one. Raises OSError when none can be started."""
    if lock_of(home).held():
        ring(home.local)
    else:
        start(home)


def start(home: Home) -> Identity | None:
    """Start a steward that outlives the caller; a second one leaves at once.

    Gives who it is; None when it has left already. Raises OSError.
    """
    home.local.mkdir(parents=True, exist_ok=True)
    return identify(detach(command(home), log=home.local / "steward.log"))
