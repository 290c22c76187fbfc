"""The list of what is in an archive; it goes first, so that a reader knows what must come."""

from __future__ import annotations

from pathlib import Path

import msgspec

from longboat.archives import layout, limits
from longboat.errors import BadInput
from longboat.records.names import is_id
from longboat.spec.decoding import UNDECODABLE
from longboat.spec.problems import shown

FORMAT = 1
"""Raised when an older Longboat would take a newer archive for something that it is not."""
FIELD = "file"
LATEST = 1e11
"""Seconds since the epoch: a millennium and more from now."""


class Packed(msgspec.Struct, frozen=True):
    """One file of an archive."""

    path: str
    """Below the archive's one folder, with ``/``."""
    size: int
    sha256: str
    executable: bool = False


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """longboat.json."""

    format: int = FORMAT
    longboat: str
    """The version that wrote the archive."""
    job: str
    """The id; also the name of the archive's one folder."""
    who: str
    """Whoever exported it."""
    host: str
    """The name of that machine."""
    when: float
    """Seconds since the epoch."""
    files: tuple[Packed, ...]
    """In the order in which they follow."""


class _Head(msgspec.Struct):
    format: int


def encode(contents: Contents) -> bytes:
    """Write the list."""
    return msgspec.json.format(msgspec.json.encode(contents), indent=1) + b"\n"


def decode(archive: Path, data: bytes) -> Contents:
    """Read the list of an archive that anybody may have written. Raises BadInput."""
    try:
        if msgspec.json.decode(data, type=_Head).format > FORMAT:
            raise later(archive)
        contents = msgspec.json.decode(data, type=Contents)
    except UNDECODABLE:
        raise unsound(archive, "is damaged: its list of contents cannot be read") from None
    _check(archive, contents)
    return contents


def unsound(archive: Path, what: str) -> BadInput:
    """Make the error that says what is wrong with an archive: ``what`` follows its name."""
    return BadInput.of(
        FIELD, f"{shown(archive.name, 200)} {what}. Nothing was imported; ask for it again."
    )


def later(archive: Path) -> BadInput:
    """Make the error for what only a newer Longboat understands."""
    return BadInput.of(
        FIELD,
        f"{shown(archive.name, 200)} was written by a later Longboat than this one; use that one "
        "to import it.",
    )


def is_time(value: float) -> bool:
    """Tell whether these are seconds since the epoch, at which something can have happened."""
    return 0 <= value < LATEST


def _check(archive: Path, contents: Contents) -> None:
    """Refuse a list that names what no job has, or more than fits."""
    if contents.format != FORMAT or not is_id(contents.job) or not is_time(contents.when):
        raise unsound(archive, "is damaged: its list of contents is none of Longboat's")
    if (too_much := limits.excess([file.size for file in contents.files])) is not None:
        raise unsound(archive, f"would unpack to {too_much}")
    for file in contents.files:
        if not layout.is_allowed(file.path):
            raise unsound(archive, f'names "{shown(file.path)}", which is no file of a job')
    if (twice := layout.clash(file.path for file in contents.files)) is not None:
        raise unsound(archive, f'names "{shown(twice)}" more than once')
    if missing := {*layout.RECORDS, layout.MANIFEST} - {file.path for file in contents.files}:
        raise unsound(archive, f"is not whole: it has no {min(missing)}")
    if any(file.size < 0 for file in contents.files):
        raise unsound(archive, "is damaged: a file of it has a negative size")
