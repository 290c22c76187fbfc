"""What of the machine is lent to jobs and services, and who holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from longboat.backends.local.pool import Pool, Resource, Used
from longboat.backends.local.pool_file import pool_folder
from longboat.doctor.finding import Finding
from longboat.errors import Unavailable
from longboat.spec.quantities import format_memory


def leases() -> Iterator[Finding]:
    """Whether anything is left for new jobs; a lease ends with the last process that holds it."""
    try:
        usage = Pool().usage()
    except Unavailable as error:
        yield Finding("leases", "bad", str(error))
        return
    message = f"In use: {', '.join(_amount(n, u) for n, u in usage.items() if u.total)}."
    full = [name for name, used in usage.items() if used.total and used.used >= used.total]
    if not full:
        yield Finding("leases", "ok", message)
        return
    holders = " ".join(map(str, _holders())) or "processes of other users"
    yield Finding(
        "leases",
        "warn",
        f"{message[:-1]}: new jobs wait for {' and '.join(full)}.",
        f"longboat jobs and longboat services show who uses it; held by: {holders}.",
    )


def _amount(name: Resource, used: Used) -> str:
    match name:
        case "cpu":
            return f"{used.used:g} of {used.total:g} cores"
        case "memory":
            return f"{format_memory(int(used.used))} of {format_memory(int(used.total))} memory"
        case "gpu":
            return f"{used.used:g} of {used.total:g} GPUs"


def _holders() -> list[int]:
    """Processes that this user may look into and that have the pool open, this one left out."""
    pool = (pool_folder() / "pool").stat()
    found = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            opened = [(s.st_dev, s.st_ino) for fd in folder.iterdir() if (s := fd.stat())]
        except OSError:
            continue
        if (pool.st_dev, pool.st_ino) in opened and folder.parent.name != str(os.getpid()):
            found.append(int(folder.parent.name))
    return sorted(found)
