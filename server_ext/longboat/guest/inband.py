"""Records between the bytes of a stream that a program prints to; the only place that knows them.

Where guest and host share no file, all that a replica has to say goes through its standard output.
A record is 0x1e, one JSON object and a newline (RFC 7464), at most LONGEST bytes in all, and may
begin in the middle of a line; every other byte of the stream is text, exactly as it was printed.
The nonce, which only the two ends know, tells our records from what a program prints by itself.

Each record has the nonce ``n``, its number ``s`` (from 0), the number of bytes of text before it
``o``, its kind ``k`` and the kind's fields. So whoever reads a stream with a hole in it knows how
many bytes and how many records are missing.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Union

LONGEST = 4096
"""Bytes of a record: what a pipe takes whole."""
PIECE = 2880
"""Bytes of data that fit into one record; whole groups of base64."""

# Kinds of record, with their fields.
BEGAN = "began"
"""The user's code is about to run."""
EVENT = "event"
"""A line of events.jsonl begins: data; last."""
FILE = "file"
"""A file begins: path (in the replica's folder), size and sha256 of its content."""
PART = "part"
"""What has begun goes on: data (of a file: of its content as one zlib stream); last; piece (of a
file: its number, from 0)."""
SUM = "sum"
"""The sum of one column of a file's pieces (sums.py): data; first and count (of the pieces that are
laid out), column; length (bytes of the last of them), last (whether it is the file's last)."""
LEFT = "left"
"""A file was too much to send: path, size."""
MARK = "mark"
"""Says only where it is."""
UNCOPIED = "uncopied"
"""What follows is not in the copy on the volume (copies.py): why."""
END = "end"
"""Nothing follows: exit_code (negative: the signal), at (seconds since the epoch), memory_peak
(bytes or null), oom (the kernel has killed for want of memory), files (how many were sent), copied
(how many are in the copy, which is whole; null when there is none)."""
SEGMENT = "segment"
"""Bytes of a copy begin, printed by a pod of its own, in parts as one zlib stream: start, length,
sha256, size (of the whole copy as it is)."""
MISSING = "missing"
"""There is no such copy: why."""

_BEGIN = b"\x1e"
_ENOUGH = 1 << 53
"""No honest number is as large; JSON's readers are exact below it."""


class Record(NamedTuple):
    """One record, as it was read."""

    kind: str
    sequence: int
    offset: int
    """Bytes of text before it."""
    fields: Dict[str, Any]


def encode(nonce: str, record: Record) -> bytes:
    """Write a record, newline included. Raises ValueError when it gets too long."""
    place = {"n": nonce, "s": record.sequence, "o": record.offset, "k": record.kind}
    text = json.dumps({**place, **record.fields}, separators=(",", ":"))
    data = _BEGIN + text.encode("ascii") + b"\n"
    if len(data) > LONGEST:
        raise ValueError(f"A record of {len(data)} bytes is longer than {LONGEST}.")
    return data


def pack(data: bytes) -> str:
    """Write at most PIECE bytes as a field."""
    return base64.b64encode(data).decode("ascii")


def unpack(text: str) -> bytes:
    """Read what ``pack`` has written. Raises ValueError."""
    return base64.b64decode(text, validate=True)


def cut(data: bytes) -> Iterator[bytes]:
    """Cut data into pieces that ``pack`` takes, at least one."""
    for start in range(0, len(data) or 1, PIECE):
        yield data[start : start + PIECE]


def opening(nonce: str) -> bytes:
    """How each record begins."""
    return _BEGIN + f'{{"n":{json.dumps(nonce)},'.encode("ascii")


class Reader:
    """Tells text and records apart, in a stream that comes in pieces cut anywhere.

    A 0x1e that does not begin one of our records is text.
    """

    def __init__(self, nonce: str) -> None:
        self._opening = opening(nonce)
        self._held = b""

    def feed(self, data: bytes) -> List[Union[bytes, Record]]:
        """Read on; what may yet become a record is held back until it is known."""
        data, self._held = self._held + data, b""
        found: List[Union[bytes, Record]] = []
        start = look = 0
        while (at := data.find(_BEGIN, look)) >= 0:
            end = self._end(data, at)
            if end is None:
                data, self._held = data[:at], data[at:]
                break
            look = at + 1
            record = _decode(data[at + 1 : end])
            if record is not None:
                found += [data[start:at], record]
                start = look = end
        found.append(data[start:])
        return [piece for piece in found if piece]

    def rest(self) -> bytes:
        """Give what is held back, as text: the stream has ended."""
        held, self._held = self._held, b""
        return held

    def _end(self, data: bytes, at: int) -> Optional[int]:
        """Find where the record that may begin at ``at`` ends; ``at`` if none does.

        None: more of the stream must tell.
        """
        if not self._opening.startswith(data[at : at + len(self._opening)]):
            return at
        end = data.find(b"\n", at, at + LONGEST) + 1
        if end:
            return end
        return None if len(data) - at < LONGEST else at


def _decode(data: bytes) -> Optional[Record]:
    """Read a record without its 0x1e; None when it is none."""
    try:
        fields = json.loads(data)
        del fields["n"]
        record = Record(fields.pop("k"), fields.pop("s"), fields.pop("o"), fields)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    numbers = (record.sequence, record.offset)
    honest = all(type(number) is int and 0 <= number < _ENOUGH for number in numbers)
    return record if honest and isinstance(record.kind, str) else None
