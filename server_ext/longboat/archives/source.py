"""The bytes of an archive, decompressed while they are read, and no more of them than is fair."""

from __future__ import annotations

import contextlib
import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from longboat.archives import limits
from longboat.archives.contents import FIELD, unsound
from longboat.errors import BadInput
from longboat.spec.problems import shown

_GZIP = b"\x1f\x8b"


class Source:
    """What ``tarfile`` reads from: forward only, in pieces, up to a number of bytes."""

    def __init__(self, archive: Path, file: BinaryIO) -> None:
        self.archive = archive
        self._packed = file
        compressed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        self._file = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if compressed else file
        self._compressed = compressed
        self._at = 0
        self._allowed = limits.LARGEST_LIST + limits.PIECE

    def allow(self, more: int) -> None:
        """Let ``more`` bytes come after those read so far."""
        self._allowed = self._at + more

    def tell(self) -> int:
        """How many bytes were read."""
        return self._at

    def seek(self, position: int) -> int:
        """Read on to ``position``. Raises BadInput for one that lies behind."""
        if position < self._at:
            raise unsound(self.archive, "is damaged: its parts overlap")
        while self._at < position and self.read(min(limits.PIECE, position - self._at)):
            pass
        return self._at

    def read(self, size: int) -> bytes:
        """Read ``size`` bytes, fewer only at the end.

        Raises BadInput when that is more than is fair, or not what was compressed.
        """
        if not 0 <= size <= limits.PIECE or self._at + size > self._allowed:
            raise unsound(
                self.archive, "is damaged, or made to fill the disk: more comes than told"
            )
        with _reading(self.archive):
            data = self._file.read(size)
        self._at += len(data)
        if self._compressed and limits.is_bomb(self._packed.tell(), self._at):
            raise unsound(self.archive, f"unpacks to over {limits.RATIO} times its size, a bomb")
        return data


@contextlib.contextmanager
def opened(archive: Path) -> Iterator[Source]:
    """Open an archive. Raises BadInput when it cannot be read, or is no file."""
    # Without waiting for a writer, should it be a pipe.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(archive, flags)
    except (OSError, ValueError) as error:
        raise _unreadable(archive, error) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        name = shown(str(archive), 200)
        raise BadInput.of(FIELD, f"{name} is no regular file; name an archive.")
    with os.fdopen(descriptor, "rb") as file:
        with _reading(archive):
            source = Source(archive, file)
        yield source


@contextlib.contextmanager
def _reading(archive: Path) -> Iterator[None]:
    """Say of what cannot be read or decompressed that it cannot."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise unsound(archive, "is cut off or damaged: it does not decompress") from None
    except OSError as error:
        raise _unreadable(archive, error) from None


def _unreadable(archive: Path, error: Exception) -> BadInput:
    reason = getattr(error, "strerror", None) or str(error)
    return BadInput.of(FIELD, f"{shown(str(archive), 200)} cannot be read: {reason}.")
