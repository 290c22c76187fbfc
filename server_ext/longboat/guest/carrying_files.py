"""The files that a replica leaves, sent through its output as far as they fit."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zlib
from typing import BinaryIO, Callable, Dict, Iterator, List, NamedTuple, Tuple

from longboat.guest import inband
from longboat.guest.carrying_place import Folders
from longboat.guest.carrying_voice import Sink
from longboat.guest.sums import COLUMNS, Sums

LIMIT = 64 << 20
"""Bytes of files, before they are packed."""
_CHUNK = 1 << 20
PASSED_OVER = frozenset({"__pycache__", ".ipynb_checkpoints"})
"""Folders that interpreters and editors fill by themselves."""
_EACH = 512
"""Bytes that a file counts for beside its content: its records have a size, too."""
_LONGEST_PATH = 2000
"""Bytes of a path as JSON."""
_MOST_LEFT = 100
"""How many files that are left are named."""


class Found(NamedTuple):
    """A file of the replica's folder."""

    path: str
    """Relative to the folder, with ``/``."""
    size: int
    """Bytes."""


class Parcel(NamedTuple):
    """What is sent whole or not at all: one file, or the model."""

    files: Tuple[Found, ...]

    @property
    def weight(self) -> int:
        """What it counts for."""
        return sum(file.size + _EACH for file in self.files)

    def can_be_sent(self, folder: str) -> bool:
        """Whether all of it can be read, and named in a record."""
        return all(
            _can_be_named(file.path) and os.access(os.path.join(folder, file.path), os.R_OK)
            for file in self.files
        )


Keep = Callable[[int], None]
Digests = Dict[str, Tuple[int, str]]
"""Path → size and SHA-256 of the content."""


def digests(folder: str) -> Digests:
    """Describe the files below ``folder``, to tell later which have changed."""
    return {
        file.path: (file.size, _digest(os.path.join(folder, file.path))) for file in _walk(folder)
    }


def send(
    sink: Sink, limit: int, keep: Keep, folders: Folders, leads: bool, originals: Digests
) -> int:
    """Send the last word, the executed notebook, the leader's model and the changed files.

    In this order, the files smaller first, ``limit`` bytes in all; the model whole or not. What is
    left is named. ``keep`` is told of the bytes of each piece. Returns how many files were sent.
    """
    sent: List[Found] = []
    left: List[Found] = []
    for parcel in _parcels(folders, leads, originals):
        if parcel.weight > limit or not parcel.can_be_sent(folders.replica):
            left += parcel.files
            continue
        limit -= parcel.weight
        sent += parcel.files
        for file in parcel.files:
            with open(os.path.join(folders.replica, file.path), "rb") as opened:
                _send(sink, file.path, opened, keep)
    _name(sink, left)
    return len(sent)


def send_file(sink: Sink, _: int, keep: Keep, path: str, content: bytes) -> int:
    """Send one small file of the replica's folder; gives how many that is."""
    _send(sink, path, io.BytesIO(content), keep)
    return 1


def _send(sink: Sink, path: str, file: BinaryIO, keep: Keep) -> None:
    size, digest = 0, hashlib.sha256()
    for data in iter(lambda: file.read(_CHUNK), b""):
        size += len(data)
        digest.update(data)
    file.seek(0)
    sink.record(inband.FILE, path=path, size=size, sha256=digest.hexdigest())
    sums = Sums()
    for number, (piece, last) in enumerate(_pieces(file)):
        sink.record(inband.PART, piece=number, data=inband.pack(piece), last=last)
        keep(inband.LONGEST)
        sums.add(piece)
        # Of a file with fewer pieces than columns these would be the pieces themselves.
        if sums.full or (last and number >= COLUMNS):
            _send_sums(sink, sums, len(piece), last, keep)


def _send_sums(sink: Sink, sums: Sums, length: int, last: bool, keep: Keep) -> None:
    block = sums.take()
    place = {"first": block.first, "count": block.pieces, "length": length, "last": last}
    for column, data in block.sums:
        sink.record(inband.SUM, column=column, data=inband.pack(data), **place)
        keep(inband.LONGEST)


def _pieces(file: BinaryIO) -> Iterator[Tuple[bytes, bool]]:
    """Pack the content; give each piece, and whether it is the last."""
    held = b""
    for data in _packed(file):
        held += data
        while len(held) > inband.PIECE:
            yield held[: inband.PIECE], False
            held = held[inband.PIECE :]
    yield held, True


def _packed(file: BinaryIO) -> Iterator[bytes]:
    packer = zlib.compressobj()
    for data in iter(lambda: file.read(_CHUNK), b""):
        yield packer.compress(data)
    yield packer.flush()


def _name(sink: Sink, left: List[Found]) -> None:
    for path, size in left[:_MOST_LEFT]:
        name = path if _can_be_named(path) else ascii(path)[: _LONGEST_PATH // 2]
        sink.record(inband.LEFT, path=name, size=size)
        sink.make_room()
    if rest := left[_MOST_LEFT:]:
        path = f"({len(rest)} more files)"
        sink.record(inband.LEFT, path=path, size=sum(file.size for file in rest))


def _parcels(folders: Folders, leads: bool, originals: Digests) -> Iterator[Parcel]:
    for file in (folders.status, folders.output):
        if os.path.isfile(file):
            yield Parcel((Found(os.path.basename(file), os.path.getsize(file)),))
    model = _below("model", _walk(folders.model)) if leads else ()
    if model:
        yield Parcel(model)
    changed = (file for file in _walk(folders.work) if _differs(folders.work, file, originals))
    for found in sorted(_below("work", changed), key=lambda file: (file.size, file.path)):
        yield Parcel((found,))


def _below(folder: str, files: Iterator[Found]) -> Tuple[Found, ...]:
    return tuple(Found(f"{folder}/{file.path}", file.size) for file in files)


def _walk(folder: str) -> Iterator[Found]:
    """Find the regular files; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in PASSED_OVER]
        for name in sorted(names):
            path = os.path.join(parent, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode):
                yield Found(os.path.relpath(path, folder), status.st_size)


def _differs(work: str, file: Found, originals: Digests) -> bool:
    size, digest = originals.get(file.path, (-1, ""))
    return file.size != size or _digest(os.path.join(work, file.path)) != digest


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while data := file.read(1 << 20):
                digest.update(data)
    except PermissionError:
        return ""  # the job closed it to readers, so it is not as it was
    return digest.hexdigest()


def _can_be_named(path: str) -> bool:
    """Whether a path is Unicode, and short enough for a record."""
    is_unicode = not any("\ud800" <= character <= "\udfff" for character in path)
    return is_unicode and len(json.dumps(path)) <= _LONGEST_PATH
