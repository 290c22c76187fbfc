"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import re
import secrets
from pathlib import Path

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}")


def sync_directory(directory: Path) -> None:
    """Make the names in ``directory`` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_new(source: Path, target: Path) -> None:
    """Rename a file to a name that is free, durably. Raises FileExistsError, OSError."""
    try:
        target.hardlink_to(source)  # never made over something, as a rename would be
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        source.rename(target)
    else:
        source.unlink()
    sync_directory(target.parent)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What is another when the file is; None when there is none, or none that can be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace ``path`` by ``data``: readers see the old content or the new, also after a crash.

    Raises OSError (no space, no rights); the old content is then untouched.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def is_temporary(name: str) -> bool:
    """Tell whether ``write_atomic`` gives such names to what it has not yet put in its place."""
    return _TEMPORARY.fullmatch(name) is not None
