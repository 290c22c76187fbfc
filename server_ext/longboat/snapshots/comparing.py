"""What is other between two snapshots: their files, and how a text changed."""

from __future__ import annotations

from collections.abc import Collection
from difflib import unified_diff
from itertools import islice
from typing import Literal, NamedTuple

from longboat.snapshots.manifest import FileEntry, Snapshot
from longboat.snapshots.store import SnapshotStore

MOST_LINES = 20_000
"""Of a text that is compared line by line: the time grows with the square."""
LARGEST_TEXT = 2_000_000
"""Bytes."""


class FileChange(NamedTuple):
    """A file that was added, removed or changed; a folder's path ends with ``/``."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: FileEntry | None
    after: FileEntry | None


def changed_files(
    before: Snapshot, after: Snapshot, without: Collection[str] = ()
) -> list[FileChange]:
    """List what is in one snapshot only or is other in it, by path, ``without`` some."""
    old, new = _entries(before), _entries(after)
    return [
        FileChange(path, _change(old.get(path), new.get(path)), old.get(path), new.get(path))
        for path in sorted({*old, *new} - {*without})
        if old.get(path) != new.get(path)
    ]


def text_change(store: SnapshotStore, change: FileChange) -> list[str] | None:
    """Write a change of a text as a unified diff; None for what is no text, or too long.

    Raises Broken when a content is missing or damaged.
    """
    before, after = (_text(store, entry) for entry in (change.before, change.after))
    return None if before is None or after is None else line_changes(before, after)


def line_changes(before: str, after: str) -> list[str] | None:
    """Write how a text changed, as the hunks of a unified diff; None for one too long."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        return None
    # Without the two lines that would name files.
    return list(islice(unified_diff(old, new, lineterm=""), 2, None))


def _entries(snapshot: Snapshot) -> dict[str, FileEntry]:
    files = {file.path: file for file in snapshot.files}
    return files | {f"{path}/": FileEntry(f"{path}/", 0, "") for path in snapshot.directories}


def _change(
    before: FileEntry | None, after: FileEntry | None
) -> Literal["added", "removed", "changed"]:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _text(store: SnapshotStore, entry: FileEntry | None) -> str | None:
    """Read a file as text, as nothing where there is none; None for what is not text."""
    if entry is None or not entry.sha256:
        return ""
    if entry.size > LARGEST_TEXT:
        return None
    data = store.blobs.read(entry.sha256)
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None
