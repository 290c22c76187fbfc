"""Look over the notebook's folder without reading its files; always in bounded time."""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from longboat.snapshots.ignoring import Rules, rules_above
from longboat.snapshots.notes import Kind, Notes
from longboat.snapshots.private import is_private, is_private_path

MOST_ENTRIES = 50_000
"""Names looked at before a walk gives up; about half a second on a local disk."""
DEEPEST = 60
"""Folders within one another, below the notebook's."""


class Candidate(NamedTuple):
    """A regular file that may travel."""

    path: str
    """Relative to the notebook's folder, POSIX."""
    size: int
    executable: bool
    linked: bool
    """Reached through a symbolic link."""


class Folder(NamedTuple):
    """The notebook's folder, and what is never taken from it."""

    root: Path
    """Its real path."""
    keep_out: tuple[Path, ...] = ()
    """Folders of our own that may lie in it: real paths."""

    @property
    def is_home(self) -> bool:
        """Whether it is the user's home folder, whose hidden files are nobody's data."""
        return os.path.realpath(Path("~").expanduser()) == str(self.root)

    def holds(self, path: str) -> bool:
        """Tell whether the path, all its links followed, lies inside."""
        return Path(os.path.realpath(path)).is_relative_to(self.root)


class Walk(NamedTuple):
    """What was seen."""

    files: list[Candidate]
    empty: list[str]
    """Folders from which nothing is taken."""
    complete: bool
    """False when the walk gave up."""


class _Visit(NamedTuple):
    """A folder to look into."""

    prefix: str
    rules: Rules
    above: frozenset[tuple[int, int]]
    """Device and inode of every folder on the way here: meeting one again is a circle."""
    linked: bool


def walk(folder: Folder, notes: Notes, *, start: str = "", rules: Rules | None = None) -> Walk:
    """Look at everything below ``start`` (relative, "" for the folder itself), breadth first.

    Without ``rules`` the ignore files decide; Rules() leaves only our own list.
    """
    walker = _Walker(folder, notes, use_ignore_files=rules is None)
    first = rules_above(folder.root) if rules is None else rules
    walker.queue.append(_Visit(f"{start}/" if start else "", first, frozenset(), False))
    complete = walker.run()
    return Walk(walker.files, walker.empty, complete)


def look(folder: Folder, path: str) -> Candidate | None:
    """Look at one named file inside the folder; None when it is no regular file in there."""
    whole = f"{folder.root}/{path}"
    try:
        found = os.stat(whole)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode) or not folder.holds(whole):
        return None
    linked = os.path.realpath(whole) != whole
    return Candidate(path, found.st_size, bool(found.st_mode & stat.S_IXUSR), linked)


class _Walker:
    """One walk's state."""

    def __init__(self, folder: Folder, notes: Notes, *, use_ignore_files: bool) -> None:
        self.folder, self.notes, self.use_ignore_files = folder, notes, use_ignore_files
        self.queue: deque[_Visit] = deque()
        self.files: list[Candidate] = []
        self.empty: list[str] = []
        self.left = MOST_ENTRIES
        self.skip_hidden = folder.is_home

    def run(self) -> bool:
        """Visit what is queued; False when the bound is reached first."""
        while self.queue and self.left > 0:
            self._visit(self.queue.popleft())
        return self.left > 0

    def _visit(self, visit: _Visit) -> None:
        where = f"{self.folder.root}/{visit.prefix}"
        try:
            with os.scandir(where) as scan:
                entries = sorted(islice(scan, self.left), key=lambda entry: entry.name)
            here = os.stat(where)  # noqa: PTH116
        except OSError:
            self.notes.add("closed", visit.prefix or ".")
            return
        self.left -= len(entries)
        names = frozenset(entry.name for entry in entries)
        if visit.prefix and _is_environment(names):
            return
        rules = visit.rules.below(where, visit.prefix, names) if self.use_ignore_files else Rules()
        inner = visit._replace(rules=rules, above=visit.above | {(here.st_dev, here.st_ino)})
        taken = [self._take(entry, inner) for entry in entries]
        if visit.prefix and not any(taken):
            self.empty.append(visit.prefix.rstrip("/"))

    def _take(self, entry: os.DirEntry[str], visit: _Visit) -> bool:
        """Take a file or queue a folder; tell whether it was one of them and is still there."""
        try:
            return self._take_present(entry, visit)
        except FileNotFoundError:
            return False

    def _take_present(self, entry: os.DirEntry[str], visit: _Visit) -> bool:
        path = visit.prefix + entry.name
        if self.skip_hidden and not visit.prefix and entry.name.startswith("."):
            return False
        kind = self._kind(entry, path, visit.rules)
        if kind is None or visit.rules.ignores(path, folder=kind == "folder"):
            return False
        if not is_utf8(entry.name):
            self.notes.add("name", path)
            return False
        if self._is_private(entry, folder=kind == "folder"):
            self.notes.add("private", path)
            return False
        linked = visit.linked or entry.is_symlink()
        if kind == "folder":
            return self._queue(entry, visit._replace(prefix=f"{path}/", linked=linked))
        found = entry.stat()
        executable = bool(found.st_mode & stat.S_IXUSR)
        self.files.append(Candidate(path, found.st_size, executable, linked))
        return True

    def _is_private(self, entry: os.DirEntry[str], *, folder: bool) -> bool:
        """Tell it by its name, or by any name on the way to where a link leads."""
        if not entry.is_symlink():
            return is_private(entry.name, folder=folder)
        target = Path(os.path.realpath(entry.path)).relative_to(self.folder.root)
        return is_private(entry.name, folder=folder) or is_private_path(str(target), folder=folder)

    def _kind(self, entry: os.DirEntry[str], path: str, rules: Rules) -> str | None:
        """Tell "file" or "folder", links followed; note what is neither or leads astray."""
        try:
            astray = self._astray(entry) if entry.is_symlink() else None
            if astray is None and entry.is_dir():
                return "folder"
            if astray is None and entry.is_file():
                return "file"
        except OSError:
            astray = "closed"
        if not rules.ignores(path, folder=False):
            self.notes.add(astray or "special", path)
        return None

    def _astray(self, link: os.DirEntry[str]) -> Kind | None:
        """Tell where a link leads, if not to something inside the folder."""
        try:
            os.stat(link.path)  # noqa: PTH116
        except FileNotFoundError:
            return "dangling"
        except OSError as error:
            return "loop" if error.errno == errno.ELOOP else "closed"
        return None if self.folder.holds(link.path) else "outside"

    def _queue(self, entry: os.DirEntry[str], visit: _Visit) -> bool:
        found = entry.stat()
        if (found.st_dev, found.st_ino) in visit.above or visit.prefix.count("/") > DEEPEST:
            self.notes.add("loop", visit.prefix.rstrip("/"))
            return False
        if self.folder.keep_out and Path(os.path.realpath(entry.path)) in self.folder.keep_out:
            return False
        self.queue.append(visit)
        return True


def _is_environment(names: frozenset[str]) -> bool:
    """Tell a virtual or conda environment by what lies in it."""
    return "pyvenv.cfg" in names or "conda-meta" in names


def is_utf8(name: str) -> bool:
    """Tell whether a file's name is UTF-8: only then can a record hold it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
