"""Files that are whole or not there, with the standard library of any Python."""

from __future__ import annotations

import contextlib
import os


def write_atomic(path: str, data: bytes, *, durable: bool) -> None:
    """Replace ``path`` by ``data`` under a temporary name; ``durable`` also survives a power cut.

    Raises OSError; the old content is then untouched.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
