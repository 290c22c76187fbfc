"""The machine: platform, memory, GPU, disk, and where the home lies."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from longboat.doctor.finding import Finding
from longboat.explain.words import count
from longboat.spec.quantities import format_memory

GIB = 1024**3
ENOUGH_MEMORY = 2 * GIB
"""Two replicas with TensorFlow imported (0.7 GiB each) and some data."""
ENOUGH_DISK = 1 * GIB
TIGHT_DISK = 5 * GIB
NETWORK_FILE_SYSTEMS = frozenset(
    [
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs"),
        *("fuse.sshfs", "fuse.glusterfs", "glusterfs", "lustre", "gpfs", "ceph", "beegfs"),
    ]
)
NVIDIA_SMI_SECONDS = 10.0


def platform() -> Iterator[Finding]:
    """Which platform this is, and how much of Longboat works on it."""
    if sys.platform == "linux":
        release = os.uname().release
        cores = len(os.sched_getaffinity(0))
        yield Finding("platform", "ok", f"Linux {release} with {count(cores, 'core')}.")
    elif sys.platform == "darwin":
        yield Finding(
            "platform",
            "warn",
            "macOS: jobs run as well as can be, but what a killed process leaves behind may stay.",
            "Use Linux where that matters.",
        )
    else:
        yield Finding(
            "platform",
            "bad",
            f"Jobs cannot run on {sys.platform}.",
            "Use Linux, or the Windows Subsystem for Linux.",
        )


def memory() -> Iterator[Finding]:
    """How much memory there is and how much is free."""
    import psutil

    seen = psutil.virtual_memory()
    message = f"{format_memory(seen.available)} of {format_memory(seen.total)} memory is free."
    if seen.available >= ENOUGH_MEMORY:
        yield Finding("memory", "ok", message)
    else:
        yield Finding(
            "memory",
            "warn",
            f"{message[:-1]}; two replicas with TensorFlow need about 2 GiB.",
            "End other programs, or run one replica at a time.",
        )


def gpu() -> Iterator[Finding]:
    """Which NVIDIA GPUs the driver shows."""
    program = shutil.which("nvidia-smi")
    if program is None:
        yield Finding("gpu", "ok", "No GPU: jobs use the processor.")
        return
    names = _gpu_names(program)
    if names is None:
        yield Finding(
            "gpu",
            "warn",
            "nvidia-smi is here, but does not answer.",
            "Look at the driver, for example with dmesg; jobs use the processor meanwhile.",
        )
    else:
        yield Finding("gpu", "ok", f"{count(len(names), 'GPU')}: {', '.join(names) or 'none'}.")


def _gpu_names(program: str) -> list[str] | None:
    try:
        done = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=NVIDIA_SMI_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def disk(home: Path) -> Iterator[Finding]:
    """How much space is left where the home lies or would lie."""
    place = _existing(home)
    free = shutil.disk_usage(place).free
    message = f"{format_memory(free)} of disk space is free at {place}."
    fix = "Remove old jobs with longboat rm, or point LONGBOAT_HOME at a larger disk."
    if free < ENOUGH_DISK:
        yield Finding("disk", "bad", message, fix)
    elif free < TIGHT_DISK:
        yield Finding("disk", "warn", message, fix)
    else:
        yield Finding("disk", "ok", message)


def home(home: Path) -> Iterator[Finding]:
    """Whether the home is there, ours, closed to others, and on a local disk."""
    if not home.exists():
        yield from _future_home(home)
    elif not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            "home", "bad", f"{home} cannot be written.", "Mend its rights, or set LONGBOAT_HOME."
        )
    else:
        yield from _rights(home)
    yield from _file_system(home)


def _future_home(home: Path) -> Iterator[Finding]:
    if os.access(_existing(home), os.W_OK | os.X_OK):
        yield Finding("home", "ok", f"{home} will be made by the first job.")
    else:
        yield Finding(
            "home",
            "bad",
            f"{home} is not there and cannot be made.",
            "Set LONGBOAT_HOME to a folder you may write.",
        )


def _rights(home: Path) -> Iterator[Finding]:
    status = home.stat()
    if status.st_uid != os.getuid():
        yield Finding(
            "home",
            "warn",
            f"{home} belongs to another user (uid {status.st_uid}).",
            "Set LONGBOAT_HOME to a folder of your own.",
        )
    elif status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield Finding(
            "home",
            "warn",
            f"Others may write in {home}, and so could run code as you.",
            f"Close it: chmod go-w {home}",
        )
    else:
        yield Finding("home", "ok", f"{home} is yours alone to write.")


def _file_system(home: Path) -> Iterator[Finding]:
    kind = _file_system_kind(_existing(home).resolve())
    if kind in NETWORK_FILE_SYSTEMS:
        yield Finding(
            "home",
            "warn",
            f"{home} is on a network file system ({kind}): locks and the index fail there.",
            "Set LONGBOAT_HOME to a local disk.",
        )


def _file_system_kind(path: Path) -> str:
    """The type of the file system that holds ``path``; empty when it is not known."""
    import psutil

    mounts = [m for m in psutil.disk_partitions(all=True) if path.is_relative_to(m.mountpoint)]
    return max(mounts, key=lambda m: len(m.mountpoint)).fstype if mounts else ""


def _existing(path: Path) -> Path:
    """The nearest folder above ``path`` that exists, or itself."""
    return next(p for p in (path, *path.parents) if p.exists())
