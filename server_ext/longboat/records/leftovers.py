"""What crashes leave beside the jobs, and when it may go."""

from __future__ import annotations

import time
from pathlib import Path

from longboat.records.layout import Home
from longboat.records.removal import TRASH, delete_tree
from longboat.system.files import is_temporary

STAGING = ".new-"
"""Begins the name of a job's folder until it is whole."""
ABANDONED = 24 * 3600.0
"""Seconds after which an unfinished creation is given up; far above any clock's jump."""


def sweep(home: Home) -> None:
    """Delete trash at once, and jobs and secrets of unfinished creations after a day."""
    for entry in leftovers(home):
        delete_tree(entry) if entry.is_dir() else entry.unlink(missing_ok=True)


def leftovers(home: Home) -> list[Path]:
    """List what ``sweep`` would delete."""
    jobs = [
        entry
        for entry in _entries(home.jobs)
        if entry.name.startswith(TRASH) or (entry.name.startswith(STAGING) and _is_abandoned(entry))
    ]
    secrets = [
        entry
        for entry in _entries(home.secrets)
        if not home.run(entry.stem).path.exists() and _is_abandoned(entry)
    ]
    return jobs + secrets


def temporaries(folder: Path) -> list[Path]:
    """List what writers of the records in ``folder`` left that died a day ago or longer."""
    return [
        entry
        for entry in _entries(folder)
        if is_temporary(entry.name) and _is_abandoned(entry) and not entry.is_dir()
    ]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_abandoned(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ABANDONED
    except FileNotFoundError:
        return False
