"""Records as bytes: JSON with a ``format`` number in front, read strictly enough to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from longboat.errors import Broken, NewerFormat
from longboat.records.migrations import FORMAT, bring_forward
from longboat.spec.decoding import UNDECODABLE

T = TypeVar("T")


class _Head(msgspec.Struct):
    format: int | None = None
    """None: it was written before records had one."""


def encode(record: Any) -> bytes:
    """Write a record (a struct or a dict) as one JSON object, ``format`` first."""
    return msgspec.json.encode({"format": FORMAT, **msgspec.to_builtins(record)}) + b"\n"


def decode(data: bytes, kind: type[T], path: Path, *, oldest: int = 1) -> T:
    """Read a record that ``path`` held, of the present format or any before it.

    Fields it does not know are passed over, save in a spec, where they would change what runs.
    ``oldest``: the first format that there was of such records; 0 for those without a number.
    Raises Broken with a sentence when it is damaged, NewerFormat when it is of a later format.
    """
    try:
        number = msgspec.json.decode(data, type=_Head).format or 0
        if number == FORMAT:
            return msgspec.json.decode(data, type=kind)
        if oldest <= number < FORMAT:
            return msgspec.convert(bring_forward(msgspec.json.decode(data), number), kind)
    except UnicodeDecodeError:
        raise _damaged(path, "not text") from None
    except UNDECODABLE as error:
        raise _damaged(path, str(error)) from None
    if number < FORMAT:
        raise _damaged(path, "it has no format")
    raise NewerFormat(f"{path} was written by a later Longboat; use that one.")


def _damaged(path: Path, why: str) -> Broken:
    return Broken(f"{path} is damaged ({why}); restore it, or remove what it belongs to.")
