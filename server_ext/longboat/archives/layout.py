"""Where everything lies in an archive, and which names may be in one (docs/run-directory.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

CONTENTS = "longboat.json"
"""The list of what is in the archive; its first member."""
JOB = "job"
"""The run directory."""
RECORDS = tuple(
    f"{JOB}/{name}" for name in ("job.json", "receipt.json", "status.json", "events.jsonl")
)
"""Without which there is no job."""
MANIFEST = "snapshot/manifest.json"
"""What the snapshot holds; its SHA-256 is the snapshot's address."""
BLOBS = "snapshot/blobs"
"""The contents of the snapshot's files, each named by its SHA-256."""

LONGEST_PATH, LONGEST_NAME = 2048, 255
"""Bytes; the rest of the kernel's 4096 is for the home."""

_KNOWN = re.compile(
    rf"{'|'.join(map(re.escape, (*RECORDS, MANIFEST)))}|{BLOBS}/[0-9a-f]{{64}}"
    rf"|{JOB}/attempts/[1-9][0-9]{{0,3}}/.+|{JOB}/checkpoints/.+",
    re.DOTALL,
)


def blob(address: str) -> str:
    """Where the content with this address lies in an archive."""
    return f"{BLOBS}/{address}"


def is_allowed(path: str) -> bool:
    """Tell whether a member of an archive may have this path, below the archive's one folder.

    It stays below where it is unpacked, names something that a job has, and fits a file system.
    """
    if _KNOWN.fullmatch(path) is None or "\0" in path or not fits(path):
        return False
    parts = path.split("/")
    return not {"", ".", ".."} & set(parts)


def clash(paths: Iterable[str]) -> str | None:
    """Find a path that is there twice, or is a file where others need a folder; None is well."""
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            return path
        seen.add(path)
    return min(seen & set(_folders(seen)), default=None)


def _folders(paths: Iterable[str]) -> Iterator[str]:
    """Give every folder that these files need."""
    inner = {path.rpartition("/")[0] for path in paths} - {""}
    while inner:
        yield from inner
        inner = {path.rpartition("/")[0] for path in inner} - {""}


def fits(path: str) -> bool:
    """Tell whether a file system can hold it: Unicode (half of a pair is not), and not too long."""
    try:
        longest = max(len(part.encode()) for part in path.split("/"))
        return longest <= LONGEST_NAME and len(path.encode()) <= LONGEST_PATH
    except UnicodeEncodeError:
        return False
