"""A bell for one listener: a FIFO on a local disk. Ringing never waits and never fails."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

_NAME = "wake"


def ring(folder: Path) -> None:
    """Wake whoever listens in ``folder``; with no listener this does nothing."""
    with contextlib.suppress(OSError):
        descriptor = os.open(
            folder / _NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
        )
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


class Bell:
    """What the listener waits on with ``select``; rings before it was made are lost."""

    def __init__(self, folder: Path) -> None:
        """Listen in ``folder``, which is made when it is not there. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _NAME
        _make_fifo(path)
        # Open for writing too: with no other writer the descriptor would be readable for ever.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """The descriptor, readable after a ring."""
        return self._descriptor

    def drain(self) -> None:
        """Forget all rings so far; to be called before looking, so that none is missed."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._descriptor, 4096):
                pass

    def close(self) -> None:
        """Listen no more."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Listen until the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _make_fifo(path: Path) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
        return
    if not path.is_fifo():
        path.unlink()
        os.mkfifo(path, 0o600)
