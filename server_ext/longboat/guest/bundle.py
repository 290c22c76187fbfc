"""The zipapp that runs a replica, made on the host from the package's own files."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from importlib.metadata import version
from pathlib import Path

from longboat.system.files import write_atomic

_PACKAGE = Path(__file__).parent.parent
_HOST_ONLY = {"bundle.py", "inside.py"}
_MAIN = b"""\
import os
import sys

# The path may be relative, and the code may change folders.
sys.path[0] = os.path.abspath(sys.path[0])

from longboat.guest.main import main

main()
"""
_COMMAND_LINE = b"""\
import longboat


def main():
    longboat.starting_call("The command longboat")()
"""


def build(destination: Path) -> Path:
    """Make sure that this version's zipapp lies in ``destination``; return its path.

    It is named by what is in it, ``<sha256>.pyz``, and never changed; the same sources give the
    same bytes anywhere. Takes milliseconds when it is there. Raises OSError.
    """
    members = _members()
    path = destination / f"{_address(members)}.pyz"
    if not path.exists():
        destination.mkdir(parents=True, exist_ok=True)
        write_atomic(path, _zip(members))
    return path


@functools.cache
def _members() -> dict[str, bytes]:
    """Map each file of the zipapp to what is in it; read once, as the running code was."""
    guest = {
        f"longboat/guest/{source.name}": source.read_bytes()
        for source in (_PACKAGE / "guest").glob("*.py")
        if source.name not in _HOST_ONLY
    }
    return {
        "__main__.py": _MAIN,
        "longboat/__init__.py": (_PACKAGE / "guest" / "inside.py").read_bytes() + _version(),
        "longboat/errors.py": (_PACKAGE / "errors.py").read_bytes(),
        "longboat/cli/__init__.py": b"",
        "longboat/cli/main.py": _COMMAND_LINE,
        **guest,
    }


def _version() -> bytes:
    """A line for ``longboat.__version__``, which inside a job is the host's."""
    return f"\n__version__ = {version('longboat')!r}\n".encode()


def _address(members: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(members.items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    # Not compressed: Python without zlib can import it, and it starts a little sooner.
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(members.items()):
            # A fixed time, ZIP's first; the owner's rights only matter to who unpacks it.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()
