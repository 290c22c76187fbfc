"""What a process holds and uses, from /proc (proc(5))."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import NamedTuple

COURIER = "longboat.backends.kubernetes.courier"
STEWARD = "longboat.steward"
_TICKS = os.sysconf("SC_CLK_TCK")


class Footprint(NamedTuple):
    """One process at one moment."""

    memory: int
    """Bytes; pages that it shares with others count in part (PSS)."""
    sockets: int
    threads: int

    def __str__(self) -> str:
        return f"{self.memory / 2**20:.0f} MiB, {self.sockets} sockets, {self.threads} threads"


def footprint(pid: int) -> Footprint:
    """Look at a process."""
    rolled_up = Path(f"/proc/{pid}/smaps_rollup").read_text()
    pss = re.search(r"^Pss:\s+(\d+) kB", rolled_up, re.MULTILINE)
    assert pss is not None, rolled_up
    links = [_target(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    return Footprint(
        memory=int(pss[1]) * 1024,
        sockets=sum(target.startswith("socket:") for target in links),
        threads=len(list(Path(f"/proc/{pid}/task").iterdir())),
    )


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def load(pid: int, seconds: float) -> float:
    """Which share of one core a process uses, measured for so long."""
    before, began = _cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)  # the length of a measurement, nothing to wait for
    return (_cpu_seconds(pid) - before) / (time.monotonic() - began)


def _cpu_seconds(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text()
    user, system = stat[stat.rindex(")") + 2 :].split()[11:13]
    return (int(user) + int(system)) / _TICKS
