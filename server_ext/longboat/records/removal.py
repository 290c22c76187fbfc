"""Deleting run directories so that a crash leaves one whole, or none that anybody lists."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

TRASH = ".trash-"


def discard(folder: Path) -> None:
    """Take ``folder`` out of its parent's listing in one step, then delete it.

    Raises FileNotFoundError when it is not there.
    """
    trash = folder.with_name(f"{TRASH}{folder.name}-{secrets.token_hex(4)}")
    folder.rename(trash)
    delete_tree(trash)


def delete_tree(folder: Path) -> None:
    """Delete a tree, folders that a job sealed included; another may be deleting it too."""
    try:
        shutil.rmtree(folder, onerror=_raise_unless_gone)
    except PermissionError:
        _unseal(folder)
        shutil.rmtree(folder, onerror=_raise_unless_gone)


def _unseal(folder: Path) -> None:
    folder.chmod(stat.S_IRWXU)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            inner = Path(parent, name)
            if not inner.is_symlink():
                inner.chmod(stat.S_IRWXU)


def _raise_unless_gone(
    function: Callable[..., Any], path: str, failure: tuple[type, BaseException, Any]
) -> None:
    if not isinstance(failure[1], FileNotFoundError):
        raise failure[1]
