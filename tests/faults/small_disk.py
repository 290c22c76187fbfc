"""A tiny file system that only the processes of one test see, and how it is filled."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

UNSHARE = ("unshare", "--mount")
_MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"'
_BLOCK = 4096


def on_small_disk(folder: Path, size: str, command: Sequence[str]) -> list[str]:
    """What to execute to have ``command`` see a file system of ``size`` (``6m``) in ``folder``."""
    return [*UNSHARE, "sh", "-c", _MOUNT, "sh", size, str(folder), *command]


def fill(folder: Path, spare: int = 0) -> Path:
    """Leave only ``spare`` bytes; gives the file whose removal makes room again."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(_BLOCK))
        except OSError as error:
            assert error.errno == errno.ENOSPC
        file.truncate(max(0, file.tell() - spare))
    return filler
