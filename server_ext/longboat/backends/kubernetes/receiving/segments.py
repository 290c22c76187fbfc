"""A part of a replica's copy, as a pod of its own prints it (guest/segment.py)."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec

from longboat.guest import copies, inband
from longboat.guest.inband import Reader, Record

_MOST = 1 << 26
"""Bytes; above what is ever printed, and no danger for this machine's memory."""


class Segment(NamedTuple):
    """Bytes of a copy."""

    data: bytes
    last: bool
    """They are its end."""


class Absent(Exception):
    """There is no such copy, or it cannot be read; says why."""


class _Head(msgspec.Struct):
    start: int
    length: Annotated[int, msgspec.Meta(ge=0, le=_MOST)]
    sha256: str
    size: int


class _Part(msgspec.Struct):
    data: str
    last: bool


def read_segment(lines: Iterable[bytes], start: int) -> Segment | None:
    """Read what was printed of a copy from byte ``start`` on; None when it is not all there.

    Raises Absent.
    """
    records = _records(lines)
    if records and records[0].kind == inband.MISSING:
        raise Absent(str(records[0].fields.get("why")))
    if not records or [each.sequence for each in records] != list(range(len(records))):
        return None
    try:
        head = msgspec.convert(records[0].fields, _Head)
        parts = [msgspec.convert(each.fields, _Part) for each in records[1:]]
        packed = b"".join(inband.unpack(part.data) for part in parts)
        data = zlib.decompressobj().decompress(packed, head.length + 1)
    except (msgspec.ValidationError, ValueError, zlib.error):
        return None
    whole = len(data) == head.length and hashlib.sha256(data).hexdigest() == head.sha256
    if not whole or head.start != start:
        return None
    return Segment(data, start + head.length >= head.size)


def _records(lines: Iterable[bytes]) -> list[Record]:
    reader = Reader(copies.SEGMENT_NONCE)
    return [piece for line in lines for piece in reader.feed(line) if isinstance(piece, Record)]
