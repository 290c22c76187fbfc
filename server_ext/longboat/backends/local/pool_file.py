"""The pool's file: where users of one machine who do not trust each other find the same inode."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from longboat.errors import Unavailable

POOL = "LONGBOAT_POOL"
"""A folder, in place of the one that the whole machine shares."""
_BOOT_DIGITS = 8
_STICKY_FOR_ALL = 0o1777
_EVERYBODY = 0o666


def pool_folder() -> Path:
    """Find the machine's pool: named by the boot, since no lock outlives one."""
    given = os.environ.get(POOL)
    if given:
        return Path(given).absolute()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:_BOOT_DIGITS]
    return Path("/tmp") / f"longboat-{boot}"


def open_pool(folder: Path | None = None) -> int:
    """Open the pool's file for locking, making it and its folder where they are not there.

    Raises Unavailable, with what is wrong, when the folder or the file is not what it must be.
    """
    folder = pool_folder() if folder is None else folder
    try:
        _make_folder(folder)
        _check_folder(folder)
        return _open_file(folder / "pool")
    except OSError as error:
        raise Unavailable(
            f"The machine's pool of resources at {folder} cannot be used ({error.strerror}); "
            f"mend its rights, or point {POOL} at a folder that all users can write."
        ) from error


def _make_folder(folder: Path) -> None:
    with contextlib.suppress(FileExistsError):
        folder.mkdir(parents=True)
    status = folder.lstat()
    # Made just now, or by us in a life that ended between the two steps.
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    if ours and stat.S_IMODE(status.st_mode) != _STICKY_FOR_ALL:
        folder.chmod(_STICKY_FOR_ALL)


def _check_folder(folder: Path) -> None:
    """Refuse a folder in which one user could replace another's file.

    Whose it is does not matter: its owner could at worst keep the others waiting, which everybody
    can who may lock.
    """
    mode = folder.lstat().st_mode
    if not stat.S_ISDIR(mode):
        raise OSError(errno.ENOTDIR, "it is not a folder")
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise OSError(errno.EPERM, "everybody may write there and it is not sticky")


def _open_file(path: Path) -> int:
    """Open it without creating: in a sticky folder the kernel refuses O_CREAT on another's file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        _make_file(path)
        return _open_file(path)
    status = os.fstat(descriptor)
    # A second name is no offence: its maker gives it one for a moment, and may die in that moment.
    if not stat.S_ISREG(status.st_mode) or status.st_size:
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"{path.name} in it is not an empty file")
    os.utime(descriptor)  # what tidies up /tmp goes by age
    return descriptor


def _make_file(path: Path) -> None:
    """Let it appear with its final rights; whoever comes second finds the first one's."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, _EVERYBODY)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        os.close(descriptor)
        temporary.unlink()
