"""Code on the shared volume: ``code/<sha256>.tar.gz``, one for all jobs that have the same.

Beside it lies a folder with an empty file for each job that needs it; whoever removes the last of
these removes the code. What is still arriving is called after the job that brings it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import BinaryIO, Sequence

from longboat.errors import Broken

_CHUNK = 1 << 20


def path(volume: str, sha256: str) -> str:
    """Where the packed snapshot of this digest lies."""
    return os.path.join(volume, "code", sha256 + ".tar.gz")


def receive(volume: str, job: str, sha256: str, size: int, start: int, parts: Sequence[str]) -> int:
    """Take in what ``parts`` hold of it, from byte ``start`` on; tell how many bytes there are now.

    With ``size`` of them it is there, whole and checked. Where fewer than ``start`` have arrived
    nothing is taken. Raises OSError, Broken when what has arrived is not what was sent; it begins
    anew then.
    """
    needed = _needed(volume, sha256)
    os.makedirs(needed, exist_ok=True)
    # Noted before it is looked for: whoever removes it at this moment looks for notes.
    with open(os.path.join(needed, job), "wb"):
        pass
    whole = path(volume, sha256)
    if os.path.isfile(whole) and os.path.getsize(whole) == size:
        return size
    arriving = os.path.join(volume, "code", "{}.{}.part".format(sha256, job))
    there = _append(arriving, start, parts)
    if there < size:
        return there
    if digest(arriving) != sha256:
        os.unlink(arriving)
        raise Broken("What has arrived there is not what was sent.")
    os.rename(arriving, whole)
    return size


def _append(arriving: str, start: int, parts: Sequence[str]) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    with open(os.open(arriving, flags, 0o644), "r+b") as file:
        there = os.fstat(file.fileno()).st_size
        if there < start or not parts:
            return there
        file.seek(start)
        for part in parts:
            _copy(part, file)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _copy(part: str, file: BinaryIO) -> None:
    with open(part, "rb") as source:
        while piece := source.read(_CHUNK):
            file.write(piece)


def digest(file: str) -> str:
    """Give the SHA-256 of a file, in hex. Raises OSError."""
    found = hashlib.sha256()
    with open(file, "rb") as source:
        while piece := source.read(_CHUNK):
            found.update(piece)
    return found.hexdigest()


def check(volume: str, sha256: str) -> str:
    """Give the path of code that is there whole. Raises Broken when it is not."""
    found = path(volume, sha256)
    try:
        if digest(found) == sha256:
            return found
        wrong = "is damaged"
    except OSError as error:
        wrong = "cannot be read ({})".format(error.strerror)
    raise Broken("The job's files on the shared volume: {} {}.".format(found, wrong))


def drop(volume: str, job: str) -> None:
    """Have no code there any more that only this job needs. Raises OSError."""
    folder = os.path.join(volume, "code")
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.endswith(".{}.part".format(job)):
            os.unlink(os.path.join(folder, name))
        elif name.endswith(".jobs"):
            _drop(volume, name[: -len(".jobs")], job)


def _drop(volume: str, sha256: str, job: str) -> None:
    needed, whole = _needed(volume, sha256), path(volume, sha256)
    try:
        os.unlink(os.path.join(needed, job))
        os.rmdir(needed)
    except OSError:  # it did not need it, or others do
        return
    dead = "{}.{}.part".format(whole[: -len(".tar.gz")], job)
    with contextlib.suppress(FileNotFoundError):  # it has never arrived
        os.rename(whole, dead)
        if os.path.isdir(needed):
            os.rename(dead, whole)  # somebody has found it just before
        else:
            os.unlink(dead)


def _needed(volume: str, sha256: str) -> str:
    return os.path.join(volume, "code", sha256 + ".jobs")
