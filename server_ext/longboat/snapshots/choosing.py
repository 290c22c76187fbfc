"""Which files travel: the folder while it is small, else what the notebook imports and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from longboat.errors import TooLarge
from longboat.snapshots.globbing import match, outright
from longboat.snapshots.notes import Notes, listed
from longboat.snapshots.private import is_private_path
from longboat.snapshots.reaching import local_modules
from longboat.snapshots.walking import Candidate, Folder, Walk, look, walk
from longboat.spec.notebook import NotebookFacts
from longboat.spec.problems import Problems

MOST_FILES = 10_000


class Choice(NamedTuple):
    """What travels beside the entry."""

    files: list[Candidate]
    directories: list[str]
    named: frozenset[str]
    """Paths that a pattern names without wildcards."""
    warnings: list[str]


class Limit(NamedTuple):
    """What may travel."""

    bytes: int
    entry: int
    """Of these bytes, what the notebook itself takes."""

    def admits(self, files: Iterable[Candidate]) -> bool:
        """Tell whether the files may travel, beside the notebook."""
        sizes = [file.size for file in files]
        return self.entry + sum(sizes) <= self.bytes and len(sizes) <= MOST_FILES


def choose(
    folder: Folder, facts: NotebookFacts, globs: Sequence[str], limit: Limit, notes: Notes
) -> Choice:
    """Choose the files.

    Raises BadInput for the globs, TooLarge when even the least is over the limit.
    """
    problems = Problems()
    named = {f.path: f for glob in globs for f in problems.attempt([], match, folder, glob, notes)}
    problems.finish()
    on_the_way = Notes()
    seen = walk(folder, on_the_way)
    entry = facts.path.name
    files = {file.path: file for file in seen.files} | named
    files.pop(entry, None)
    if seen.complete and limit.admits(files.values()):
        notes.take_over(on_the_way)
        return _choice(files, seen.empty, globs, _left_behind(facts, files, seen.empty))
    reached = _reached(folder, facts, notes) | named
    reached.pop(entry, None)
    if not limit.admits(reached.values()):
        raise TooLarge(_even_the_least(reached, limit))
    warnings = [_too_large(seen, limit), *_left_behind(facts, reached, [])]
    return _choice(reached, [], globs, warnings)


def _choice(
    files: dict[str, Candidate],
    directories: list[str],
    globs: Sequence[str],
    warnings: list[str],
) -> Choice:
    return Choice(
        [files[path] for path in sorted(files)],
        sorted(directories),
        frozenset(map(outright, globs)),
        warnings,
    )


def _reached(folder: Folder, facts: NotebookFacts, notes: Notes) -> dict[str, Candidate]:
    """The local modules that are imported."""
    reached = {}
    for path in local_modules(folder.root, facts.imports):
        file = look(folder, path)
        if file is None:
            notes.add("outside", path)
        elif is_private_path(path):
            notes.add("private", path)
        else:
            reached[path] = file
    return reached


def _left_behind(
    facts: NotebookFacts, files: dict[str, Candidate], directories: Iterable[str]
) -> list[str]:
    """Point out what the cells mention and the job will not find."""
    there = {facts.path.name, *directories}
    for path in files:
        there.add(path)
        there.update(str(parent) for parent in Path(path).parents)
    missing = [p for p in facts.mentioned if p not in there and not is_private_path(p)]
    if not missing:
        return []
    return [
        f"The code mentions what stays behind: {listed(missing)}. If the job needs it, name it "
        "with --file."
    ]


def _too_large(seen: Walk, limit: Limit) -> str:
    """Say why the folder does not travel as a whole, and what weighs most in it."""
    size = sum(file.size for file in seen.files)
    least = "" if seen.complete else "at least "
    largest = _largest(seen.files, by_count=len(seen.files) > MOST_FILES)
    return (
        f"The notebook's folder has {least}{len(seen.files):,} files, {_amount(size)}; only up "
        f"to {MOST_FILES:,} files and {_amount(limit.bytes)} travel by themselves. So only the "
        f"notebook, the modules it imports and what --file names travel. Largest: {largest}. "
        "Leave such things out with a .longboatignore."
    )


def _even_the_least(files: dict[str, Candidate], limit: Limit) -> str:
    size = sum(file.size for file in files.values())
    biggest = sorted(files.values(), key=lambda file: -file.size)[:3]
    names = ", ".join(f"{listed([file.path])} ({_amount(file.size)})" for file in biggest)
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return (
        f"{_amount(size)} in {count} should travel; the limit is "
        f"{MOST_FILES:,} files and {_amount(limit.bytes)}. Largest: {names}. Name less with "
        "--file, and read large data from where it is."
    )


def _largest(files: Iterable[Candidate], *, by_count: bool) -> str:
    """Name the three heaviest things directly in the folder."""
    sizes, counts = Counter[str](), Counter[str]()
    for file in files:
        top, slash, _ = file.path.partition("/")
        sizes[top + slash] += file.size
        counts[top + slash] += 1
    heaviest = (counts if by_count else sizes).most_common(3)
    return ", ".join(
        f"{listed([name])} ({_amount(sizes[name])}"
        + (f", {counts[name]:,} files)" if name.endswith("/") else ")")
        for name, _ in heaviest
    )


def _amount(size: int) -> str:
    for unit, bytes_of_it in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_of_it:
            return f"{size / bytes_of_it:,.1f} {unit}"
    return f"{size} bytes"
