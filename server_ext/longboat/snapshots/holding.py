"""Who needs a snapshot that no job names yet, told by the kernel: a dead process needs nothing.

Whoever stores a snapshot shares the *door* while it does, and goes through it holding the snapshot:
a shared lock on the snapshot's manifest, kept until there is a job that names it. Whoever collects
has the door to itself. So it meets nobody who is half way through storing, and sees who holds what.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longboat.errors import Unavailable
from longboat.system.locks import flock_within

DOOR = "door"
_PATIENCE = 60.0
"""Seconds that whoever stores waits for a collector, which may be removing many files."""


@contextmanager
def storing(root: Path) -> Iterator[None]:
    """Keep collectors of ``root`` out for the length of a block. Raises Unavailable, OSError."""
    with _door(root, fcntl.LOCK_SH, _PATIENCE):
        yield


@contextmanager
def collecting(root: Path, seconds: float) -> Iterator[None]:
    """Keep everybody out who stores or collects, waiting ``seconds`` for those who are in.

    Raises Unavailable, OSError.
    """
    with _door(root, fcntl.LOCK_EX, seconds):
        yield


def hold(owner: object, manifest: Path) -> None:
    """Keep a snapshot from being collected as long as ``owner`` lives in this process.

    The caller is inside the door. Raises FileNotFoundError when there is no such snapshot.
    """
    descriptor = os.open(manifest, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    weakref.finalize(owner, _let_go, descriptor, os.getpid())


def is_held(manifest: Path) -> bool:
    """Tell whether any process holds the snapshot; the caller has the door to itself."""
    descriptor = os.open(manifest, os.O_RDWR | os.O_CLOEXEC)
    try:
        return not flock_within(descriptor, fcntl.LOCK_EX, 0.0)
    finally:
        os.close(descriptor)


def _let_go(descriptor: int, holder: int) -> None:
    if os.getpid() != holder:
        return  # a fork's copy: its descriptors are not its own any more
    # Not only closed: a fork may just have made a copy of it.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def _door(root: Path, kind: int, seconds: float) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / DOOR, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not flock_within(descriptor, kind, seconds):
            raise Unavailable(
                f"Another process keeps {root} to itself; it may be suspended. Try again later."
            )
        yield
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)
