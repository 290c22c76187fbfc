"""How much memory a replica and all below it use."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from longboat.system.processes import Process, descendants

_PSS = re.compile(rb"^Pss:\s*(\d+) kB$", re.MULTILINE)


def tree_memory(keeper: int, rows: Mapping[int, Process], enough: int) -> int:
    """Measure the processes below ``keeper`` in bytes, pages shared among them counted once.

    The kernel walks every page for that (the proportional set size, proc(5)), so it is only asked
    when the cheap upper bound, in which shared pages count for each, is above ``enough``; else the
    answer is 0.
    """
    processes = descendants(keeper, rows)
    if sum(process.resident for process in processes) <= enough:
        return 0
    return sum(_proportional(process) for process in processes)


def _proportional(process: Process) -> int:
    try:
        descriptor = os.open(f"/proc/{process.pid}/smaps_rollup", os.O_RDONLY)
    except PermissionError:
        return process.resident  # it has changed its credentials: the bound must do
    except OSError:
        return 0
    try:
        found = _PSS.search(os.read(descriptor, 4096))
    except OSError:
        return 0  # it has ended since
    finally:
        os.close(descriptor)
    return int(found[1]) * 1024 if found else 0
