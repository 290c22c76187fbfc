"""What ``--file`` names: files below the notebook's folder, by pattern.

``*``, ``?`` and ``[…]`` match within one name, ``**`` any number of folders; a folder stands for
all in it. A pattern is an explicit wish: ignore files do not stop it, secrets and links that lead
out of the folder do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from longboat.errors import BadInput
from longboat.snapshots.ignoring import Rules
from longboat.snapshots.notes import Notes
from longboat.snapshots.private import is_private_path
from longboat.snapshots.walking import (
    DEEPEST,
    MOST_ENTRIES,
    Candidate,
    Folder,
    is_utf8,
    look,
    walk,
)
from longboat.spec.problems import shown

FIELD = "files"


def match(folder: Folder, pattern: str, notes: Notes) -> list[Candidate]:
    """Find the files a pattern names.

    Raises BadInput for field ``files`` when it leaves the folder, matches nothing, or names a
    secret or a link out of the folder without a wildcard.
    """
    parts = _parts(pattern)
    paths = sorted(set(_expand(folder.root, "", parts, _Budget(pattern))))
    if not paths:
        raise _problem(
            pattern, f"matches nothing in {folder.root}, the notebook's folder; check the pattern."
        )
    found = [file for path in paths for file in _files(folder, path, pattern, notes)]
    literal = not any(c in parts[-1] for c in "*?[")
    if literal:
        _check_named(folder, pattern, paths[0], found)
    return [file for file in found if _may_travel(folder, file, notes)]


def outright(pattern: str) -> str:
    """The path that a pattern without wildcards names."""
    return "/".join(_parts(pattern))


def _problem(pattern: str, what: str) -> BadInput:
    return BadInput.of(FIELD, f'"{shown(pattern)}" {what}')


def _too_many(pattern: str) -> BadInput:
    return _problem(pattern, f"looks at over {MOST_ENTRIES:,} names; write a narrower pattern.")


class _Budget:
    """How many names a pattern may still look at."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.left = pattern, MOST_ENTRIES

    def spend(self) -> bool:
        """Count one; BadInput when that was one too many."""
        self.left -= 1
        if self.left < 0:
            raise _too_many(self.pattern)
        return True


def _parts(pattern: str) -> tuple[str, ...]:
    if not pattern.strip() or "\0" in pattern:
        raise _problem(pattern, "is no pattern; write for example data/*.csv.")
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    if pattern.startswith(("/", "~")) or ".." in parts:
        raise _problem(
            pattern,
            "leads out of the notebook's folder; only files in it can travel. Put a copy there.",
        )
    if not parts:
        raise _problem(pattern, "names the whole folder; name files in it.")
    return parts


def _expand(root: Path, prefix: str, parts: tuple[str, ...], budget: _Budget) -> Iterator[str]:
    """Yield the paths that match; "**" does not follow links, so no circle catches it."""
    if prefix.count("/") > DEEPEST:
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _expand(root, prefix, rest or ("*",), budget)
    elif not any(c in part for c in "*?["):
        if os.path.lexists(root / prefix / part):
            yield from _descend(root, prefix + part, rest, budget)
        return
    for entry in _scan(root / prefix, budget):
        hidden = entry.name.startswith(".") and not part.startswith(".")
        if part == "**":
            if not hidden and entry.is_dir(follow_symlinks=False) and not _skipped(entry.name):
                yield from _expand(root, f"{prefix}{entry.name}/", parts, budget)
        elif not hidden and fnmatchcase(entry.name, part):
            yield from _descend(root, prefix + entry.name, rest, budget)


def _skipped(name: str) -> bool:
    return Rules().ignores(name, folder=True)


def _descend(root: Path, path: str, rest: tuple[str, ...], budget: _Budget) -> Iterator[str]:
    if not rest:
        yield path
    elif (root / path).is_dir():
        yield from _expand(root, f"{path}/", rest, budget)


def _scan(where: Path, budget: _Budget) -> list[os.DirEntry[str]]:
    """List a folder; one that cannot be read matches nothing."""
    try:
        with os.scandir(where) as scan:
            return [entry for entry in scan if budget.spend()]
    except OSError:
        return []


def _files(folder: Folder, path: str, pattern: str, notes: Notes) -> list[Candidate]:
    """The file itself, or all files of a folder."""
    whole = folder.root / path
    if whole.is_dir():
        if not folder.holds(str(whole)):
            return []
        seen = walk(folder, notes, start=path, rules=Rules())
        if not seen.complete:
            raise _too_many(pattern)
        return seen.files
    file = look(folder, path)
    return [] if file is None else [file]


def _check_named(folder: Folder, pattern: str, path: str, found: list[Candidate]) -> None:
    """Refuse what was named outright and cannot travel."""
    if not folder.holds(str(folder.root / path)):
        raise _problem(
            pattern, "is a link that leads out of the notebook's folder; put a copy there."
        )
    if not _leads_somewhere(folder.root / path):
        raise _problem(pattern, "is a link that leads nowhere or in a circle; name a file.")
    is_folder = (folder.root / path).is_dir()
    target = Path(os.path.realpath(folder.root / path)).relative_to(folder.root)
    if is_private_path(path, folder=is_folder) or is_private_path(str(target), folder=is_folder):
        raise _problem(
            pattern, "holds secrets by its name, and secrets never travel; use --secret NAME."
        )
    if not found and not is_folder:
        raise _problem(pattern, "is not a regular file; name one.")


def _leads_somewhere(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return not path.is_symlink()
    return True


def _may_travel(folder: Folder, file: Candidate, notes: Notes) -> bool:
    if not is_utf8(file.path):
        notes.add("name", file.path)
        return False
    target = Path(os.path.realpath(folder.root / file.path)).relative_to(folder.root)
    if is_private_path(file.path) or is_private_path(str(target)):
        notes.add("private", file.path)
        return False
    return True
