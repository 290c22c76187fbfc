"""The folder of one TensorBoard, under LONGBOAT_HOME; it goes with the process that made it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from longboat.records.layout import Home
from longboat.records.removal import delete_tree
from longboat.system.locks import FileLock

_LOCK = ".lock"


@contextlib.contextmanager
def own_folder(home: Home) -> Iterator[Path]:
    """Give a new folder for the length of a block, and remove those of processes that were killed.

    Raises OSError.
    """
    sweep(home)
    folder = _root(home) / secrets.token_hex(4)
    lock = _lock_of(folder)
    if not lock.acquire():  # pragma: no cover  # the same eight digits in the same moment
        raise FileExistsError(lock.path)
    try:
        folder.mkdir()
        yield folder
    finally:
        if folder.exists():
            delete_tree(folder)
        lock.remove()


def abandoned(home: Home) -> list[Path]:
    """List the folders, and locks without one, of processes that were killed."""
    root = _root(home)
    found = {path.with_suffix("") for path in root.iterdir()} if root.is_dir() else set()
    return sorted(folder for folder in found if not _lock_of(folder).held())


def sweep(home: Home) -> None:
    """Remove what ``abandoned`` lists."""
    for folder in abandoned(home):
        lock = _lock_of(folder)
        if lock.acquire():
            if folder.exists():
                delete_tree(folder)
            lock.remove()


def _root(home: Home) -> Path:
    return home.local / "tensorboard"


def _lock_of(folder: Path) -> FileLock:
    """The lock beside a folder: it is taken before the folder is there."""
    return FileLock(folder.with_suffix(_LOCK))
