"""A SavedModel's folder: checked, and copied so that it survives a crash of the machine."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from longboat.errors import BadInput
from longboat.spec.savedmodel import SAVED_MODEL
from longboat.system.files import sync_directory

VARIABLES = "variables"


def check_folder(source: Path) -> None:
    """Refuse what is no SavedModel, or has links that lead elsewhere; raises BadInput."""
    if not source.is_dir():
        raise BadInput.of("model", f"{source} is not a folder; give a SavedModel's folder.")
    if not (source / SAVED_MODEL).is_file():
        raise BadInput.of(
            "model",
            f"{source} is no SavedModel: it holds no {SAVED_MODEL}; write one with "
            "model.export(folder).",
        )
    if not (source / VARIABLES).is_dir():
        raise BadInput.of(
            "model",
            f"{source} is no whole SavedModel: its {VARIABLES} are missing; export it again.",
        )
    for path in walk(source):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "no plain file"
            name = path.relative_to(source)
            raise BadInput.of("model", f"{name} in {source} is {kind}; put the file itself there.")


def walk(folder: Path) -> Iterator[Path]:
    """Give everything under ``folder``, links unfollowed, folders before what is in them."""
    for entry in sorted(folder.iterdir()):
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from walk(entry)


def copy_folder(source: Path, target: Path) -> int:
    """Copy a checked folder to a new one and make it durable; gives its bytes."""
    target.mkdir()
    size = 0
    for path in walk(source):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        else:
            size += _copy_file(path, copy)
    for folder in [target, *(path for path in walk(target) if path.is_dir())]:
        sync_directory(folder)
    return size


def _copy_file(source: Path, target: Path) -> int:
    """Copy one file; a link that has taken its place since the check is not followed."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as reading, target.open("xb") as writing:
        shutil.copyfileobj(reading, writing, 1 << 20)
        writing.flush()
        os.fsync(writing.fileno())
        return writing.tell()
