"""What can never work on this machine, told before anything is started."""

from __future__ import annotations

import os
from pathlib import Path

from longboat.backends.local.pool import Pool, Shortage
from longboat.errors import Problem
from longboat.spec.job import JobSpec

_GIB = 1 << 30


def check(spec: JobSpec, pool: Pool, python: str) -> list[Problem]:
    """List all of it: more than the machine has for all replicas together, a bad interpreter."""
    count, each = len(spec.replicas), spec.resources
    lacking = pool.lacking(each.cpu * count, each.memory * count, each.gpu * count)
    return [*(_too_much(shortage, count) for shortage in lacking), *_interpreter(python)]


def _too_much(shortage: Shortage, replicas: int) -> Problem:
    wanted, total = (_amount(shortage, each) for each in (shortage.wanted, shortage.total))
    of = f"{replicas} replicas need" if replicas > 1 else "The replica needs"
    message = (
        f"{of} {wanted} in all, and this machine has {total}; ask for less for each replica, "
        "or for fewer replicas."
    )
    return Problem(shortage.resource, message)


def _amount(shortage: Shortage, number: float) -> str:
    if shortage.resource == "cpu":
        return f"{number:g} cores"
    return f"{number / _GIB:.2f} GiB" if shortage.resource == "memory" else f"{number:.0f} GPUs"


def _interpreter(python: str) -> list[Problem]:
    path = Path(python)
    if not path.is_absolute():
        message = f"{python} is not an absolute path; write the interpreter's whole path."
    elif not path.exists():
        message = f"there is no {python}; choose an interpreter that is there."
    elif not path.is_file() or not os.access(path, os.X_OK):
        message = f"{python} cannot be executed; choose another interpreter."
    else:
        return []
    return [Problem("python", message)]
