"""What is written while a stream is received, so that it can be taken back to an earlier size."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec

from longboat.guest import copies

_TEMPORARY = ".incoming"
_LARGEST = copies.LIMIT
"""Bytes of a file that carriers send."""
_CHUNK = 1 << 20
_SINGLE = frozenset({"status.json", "output.ipynb"})
_FOLDERS = frozenset({"model", "work"})
"""What a replica may leave in its folder, files of its own and folders; all else there is ours."""
_NO_SUCH_NAME = frozenset(
    [errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ]
)
"""This file cannot be written here, and would not be tomorrow."""


class Appended:
    """A file that grows at its end; what was added is held until ``flush``."""

    def __init__(self, path: Path, size: int) -> None:
        """``size``: of the file as it was last known; what was written since is cut off."""
        self._path = path
        self._file: io.FileIO | None = None
        self._held: list[bytes] = []
        found = path.stat().st_size if path.exists() else 0
        self.missing = max(0, size - found)
        """Bytes that were written and are gone: the machine lost its power."""
        self.size = min(found, size)
        """Bytes, with those that are held."""
        if found > size:
            self.cut(size)

    def add(self, data: bytes) -> None:
        """Add bytes."""
        self._held.append(data)
        self.size += len(data)

    def flush(self) -> None:
        """Write what is held. Raises OSError; a part of it may then be in the file."""
        rest = memoryview(b"".join(self._held))
        self._held.clear()
        while rest:
            rest = rest[os.pwrite(self._descriptor(), rest, self.size - len(rest)) :]

    def read(self, offset: int) -> Iterator[bytes]:
        """Read from ``offset`` to the end, bit by bit."""
        self.flush()
        while data := os.pread(self._descriptor(), min(_CHUNK, self.size - offset), offset):
            yield data
            offset += len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read so many bytes, or what there is. Raises OSError."""
        self.flush()
        return os.pread(self._descriptor(), min(length, self.size - offset), offset)

    def write_at(self, offset: int, data: bytes) -> None:
        """Write over bytes that were added before. Raises OSError."""
        self.flush()
        while data:
            written = os.pwrite(self._descriptor(), data, offset)
            data, offset = data[written:], offset + written

    def cut(self, size: int) -> None:
        """Cut it to ``size`` bytes."""
        os.ftruncate(self._descriptor(), size)
        self.size = size

    def _descriptor(self) -> int:
        """Open it when it is first needed: many replicas report nothing."""
        if self._file is None:
            # Not with "a": what is written in the middle would land at the end.
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._file = io.FileIO(descriptor, "r+")
        return self._file.fileno()


class Announced(msgspec.Struct):
    """A file of which parts are to come."""

    path: str
    """Relative to the replica's folder, with ``/``."""
    size: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]
    sha256: str


class Part(msgspec.Struct):
    """A piece of an event, or of a file."""

    data: str
    last: bool
    piece: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)] | None = None
    """Of a file: its number; carriers of an earlier Longboat give none."""


class Damaged(Exception):
    """A file that is not what was announced."""


def unpacked(packed: Iterable[bytes], announced: Announced) -> Iterator[bytes]:
    """Give the content of a file, bit by bit, from its parts. Raises Damaged, at the end too."""
    size, digest = 0, hashlib.sha256()
    for data in _inflated(packed):
        size += len(data)
        # Never more than was announced: a small stream can hold gigabytes of zeros.
        if size > announced.size:
            raise Damaged
        digest.update(data)
        yield data
    if size != announced.size or digest.hexdigest() != announced.sha256:
        raise Damaged


def _inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    try:
        for data in packed:
            while data:
                yield unpacker.decompress(data, _CHUNK)
                data = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise Damaged from error


def place(folder: Path, path: str, content: Iterable[bytes]) -> bool:
    """Write a file of the replica's folder, whole; False if it is damaged, or cannot be there.

    A path is only taken where a replica's own files lie. Raises OSError when there is no space.
    """
    target = _inside(folder, path)
    if target is None:
        return False
    temporary = folder / _TEMPORARY
    try:
        with temporary.open("wb") as file:
            file.writelines(content)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
    except OSError as error:
        _remove(temporary)
        if error.errno not in _NO_SUCH_NAME:
            raise
        return False
    except Damaged:
        _remove(temporary)
        return False
    return True


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _inside(folder: Path, path: str) -> Path | None:
    """Find where a file is to be; None for a place that is not the replica's to write to."""
    parts = PurePosixPath(path).parts
    if "\0" in path or not parts or not (path in _SINGLE or (parts[0] in _FOLDERS and parts[1:])):
        return None
    target = folder / path
    home = folder.resolve() / parts[0]
    return target if ".." not in parts and target.resolve().is_relative_to(home) else None
