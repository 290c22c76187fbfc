"""Which local modules a program imports, transitively, found in their source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from longboat.spec import source

_MOST_MODULES = 5_000
_LARGEST = 5_000_000
"""Bytes of a module that is read for its imports."""


def local_modules(root: Path, imported: Iterable[str]) -> list[str]:
    """Find the files in ``root`` that the dotted names stand for, and what those import.

    Gives relative POSIX paths, sorted. Packages bring their ``__init__.py`` and the sub-modules
    that are imported somewhere; names that are not found are somebody else's.
    """
    found: set[str] = set()
    queue: list[tuple[tuple[str, ...], str]] = [((), name) for name in imported]
    while queue and len(found) < _MOST_MODULES:
        package, name = queue.pop()
        for path in _files_of(root, _absolute(package, name)):
            if path not in found:
                found.add(path)
                parent = tuple(path.split("/")[:-1])
                queue += [(parent, further) for further in _imports_of(root / path)]
    return sorted(found)


def _absolute(package: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Resolve leading dots against the package of the importing module."""
    rest = name.lstrip(".")
    level = len(name) - len(rest)
    parts = tuple(rest.split(".")) if rest else ()
    if not level:
        return parts
    return (*package[: len(package) - level + 1], *parts) if level <= len(package) + 1 else ()


def _files_of(root: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """The file of each package on the way, and the module's own."""
    for end in range(1, len(parts) + 1):
        path = "/".join(parts[:end])
        if (root / path / "__init__.py").is_file():
            yield f"{path}/__init__.py"
        elif (root / f"{path}.py").is_file():
            yield f"{path}.py"
            return
        elif not (root / path).is_dir():
            return


def _imports_of(path: Path) -> frozenset[str]:
    try:
        if path.stat().st_size > _LARGEST:
            return frozenset()
        tree = source.parse(path.read_bytes())
    except (OSError, SyntaxError):
        return frozenset()
    return source.imports([tree]) if tree else frozenset()
