"""The packed snapshot, laid out as a working folder."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
import zlib
from typing import Any, Iterator, List, Sequence

from longboat.errors import BadInput, Broken

_PIECE = io.DEFAULT_BUFFER_SIZE


def unpack(parts: Sequence[str], folder: str) -> None:
    """Lay the archive's files and folders out in ``folder``; nothing can land outside of it.

    ``parts`` are the files that the archive was cut into. Raises OSError, Broken when they are not
    whole, and BadInput for what no snapshot holds: links, devices, paths that lead out.
    """
    try:
        _unpack(parts, folder)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        message = f"The job's files have not arrived whole ({error}); submit the job again."
        raise Broken(message) from error


def _unpack(parts: Sequence[str], folder: str) -> None:
    joined = io.BufferedReader(_Joined(parts))
    with joined, gzip.GzipFile(fileobj=joined) as stream:
        # Not extractall: its filters came with later versions of Python.
        with tarfile.open(fileobj=stream, mode="r|") as packed:
            for member in packed:
                _lay_out(packed, member, folder)
        # What is damaged is known at the end only, where the checksum is.
        while stream.read(_PIECE):
            pass


class _Joined(io.RawIOBase):
    """Files, read one after the other as if they were one."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__()
        self._pieces = _pieces(paths)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._pieces, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _pieces(paths: Sequence[str]) -> Iterator[bytes]:
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while piece := file.read(_PIECE):
                yield piece


def _lay_out(packed: tarfile.TarFile, member: tarfile.TarInfo, folder: str) -> None:
    path = os.path.join(folder, *_steps(member))
    if member.isdir():
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(packed, member, path)


def _steps(member: tarfile.TarInfo) -> List[str]:
    steps = [step for step in member.name.split("/") if step not in ("", ".")]
    if not (member.isreg() or member.isdir()):
        wrong = "is neither a file nor a folder"
    elif member.name.startswith("/") or ".." in steps:
        wrong = "leads out of the working folder"
    else:
        return steps
    message = f"{member.name!r} {wrong}; submit the job again with the longboat command."
    raise BadInput.of("snapshot", message)


def _write(packed: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    source = packed.extractfile(member)
    assert source is not None  # it is a regular file
    mode = 0o755 if member.mode & 0o100 else 0o644
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with source, open(os.open(path, flags, mode), "wb") as file:
        shutil.copyfileobj(source, file)
