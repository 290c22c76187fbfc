"""Who a process is: a pid alone is reused, and says nothing on another host."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """A process that can be recognised again, or known to be gone."""

    host: str
    pid: int
    started: int
    """Clock ticks after boot, field 22 of /proc/<pid>/stat (proc(5))."""


@functools.cache
def host_identity() -> str:
    """Name this machine, its boot and this pid namespace: ``machine/boot/namespace``.

    ``LONGBOAT_HOST_IDENTITY`` overrides it (a pod's UID on a cluster; a test of "rebooted").
    """
    given = os.environ.get("LONGBOAT_HOST_IDENTITY")
    if given:
        return given
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{_machine()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"


def _machine() -> str:
    """The machine's id with its name: images are often copied with the id in them."""
    try:
        machine = Path("/etc/machine-id").read_text().strip()
    except OSError:
        machine = ""
    return f"{machine}@{os.uname().nodename}"


def start_time(pid: int) -> int | None:
    """When ``pid`` started, in clock ticks after boot; None when there is no such live process.

    A zombie counts as gone once no thread of it is left: until then what it held is still held.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    return None if has_ended(fields) else int(fields[19])


def has_ended(fields: Sequence[bytes]) -> bool:
    """Tell whether a process runs nothing any more, by its fields from the state on (proc(5)).

    The first of its threads may be a zombie while others still run, or still die.
    """
    state, threads = fields[0], int(fields[17])
    return state in (b"Z", b"X") and threads <= 1


def identify(pid: int) -> Identity | None:
    """Take the identity of the live process ``pid``; None when there is none."""
    started = start_time(pid)
    return None if started is None else Identity(host_identity(), pid, started)


def alive(identity: Identity) -> bool | None:
    """Tell whether it lives; None for one of another host, which cannot be judged from here."""
    here = host_identity()
    if identity.host == here:
        return start_time(identity.pid) == identity.started
    machine, boot, _ = _parts(identity.host)
    rebooted = machine == _parts(here)[0] and boot != _parts(here)[1]
    return False if rebooted else None


def same_kernel(identity: Identity) -> bool:
    """Tell whether it runs, or ran, under the kernel that is running here, in any container."""
    boot = _parts(identity.host)[1]
    return bool(boot) and boot == _parts(host_identity())[1]


def _parts(host: str) -> tuple[str, str, str]:
    machine, _, rest = host.partition("/")
    boot, _, namespace = rest.partition("/")
    return machine, boot, namespace
