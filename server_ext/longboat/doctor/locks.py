"""Locks that say nothing any more: their files stay when a model or a service has gone.

No lock is ever stale in the sense that it keeps somebody out: the kernel lets go of each when its
holder dies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longboat.doctor.finding import Finding
from longboat.explain.words import count
from longboat.records.layout import Home
from longboat.system.locks import FileLock

GUARD = ".lock"
"""Ends the name of the lock that must be held to make or change what the others speak of."""


def locks(home: Path) -> Iterator[Finding]:
    """Whether there are locks of models and services that are no more."""
    layout = Home(home)
    found = [path for path in _files(layout) if not _is_wanted(layout, path)]
    if not found:
        yield Finding("locks", "ok", "No lock is left of a model or service that has gone.")
        return
    names = ", ".join(str(path.relative_to(home)) for path in found[:3])
    yield Finding(
        "locks",
        "warn",
        f"{count(len(found), 'lock')} of models and services that have gone: {names}"
        f"{', …' if len(found) > 3 else ''}.",
        "They do no harm; remove them with: longboat doctor --fix",
        lambda: _remove(layout, found),
    )


def _files(home: Home) -> list[Path]:
    """Every lock of a model or a service; the guards come last."""
    found = [path for kind in ("models", "services") for path in (home.local / kind).glob("*.*")]
    return sorted(found, key=lambda path: (path.suffix == GUARD, path))


def _is_wanted(home: Home, lock: Path) -> bool:
    """Tell whether what it speaks of is there, or somebody holds it."""
    speaks_of = home.path / lock.parent.name / lock.stem
    return speaks_of.exists() or FileLock(lock).held()


def _remove(home: Home, found: list[Path]) -> str:
    """Remove each while holding its guard, so that nobody makes what it speaks of meanwhile."""
    removed = sum(_remove_one(home, path) for path in found)
    again = f" In use again: {len(found) - removed}." if removed < len(found) else ""
    return f"Removed: {removed}.{again}"


def _remove_one(home: Home, path: Path) -> bool:
    guard, lock = FileLock(path.with_suffix(GUARD)), FileLock(path)
    if not guard.acquire():
        return False
    try:
        if (home.path / path.parent.name / path.stem).exists():
            return False
        if path == guard.path:
            guard.remove()
            return True
        if not lock.acquire():
            return False
        lock.remove()
        return True
    finally:
        guard.release()
