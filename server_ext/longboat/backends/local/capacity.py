"""What this machine, or the part of it that we may use, has to give."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from longboat.errors import BadInput
from longboat.spec.capacity import Machine
from longboat.spec.decoding import UNDECODABLE

CAPACITY = "LONGBOAT_CAPACITY"
"""JSON ``{"cpu": cores, "memory": bytes, "gpu": count}``, in place of what is found."""


def capacity() -> Machine:
    """Find out, or take what LONGBOAT_CAPACITY says. Raises BadInput when that is unreadable."""
    given = os.environ.get(CAPACITY)
    if given is None:
        return measure(Path("/"))
    try:
        return msgspec.json.decode(given, type=Machine)
    except UNDECODABLE as error:
        message = f'write it like {{"cpu": 4, "memory": 8589934592, "gpu": 0}} ({error}).'
        raise BadInput.of(CAPACITY, message) from None


def measure(root: Path) -> Machine:
    """Measure the machine whose /proc, /sys and /dev are under ``root``.

    Cores: those this process may run on, within the quota of its control groups. Memory: the
    machine's, within their limits. Both versions of control groups are read (cgroups(7)).
    """
    cores = [float(len(os.sched_getaffinity(0))), *_cpu_quotas(root)]
    memory = [_total_memory(root), *_memory_limits(root)]
    return Machine(cpu=min(cores), memory=min(memory), gpu=_count_gpus(root))


def _total_memory(root: Path) -> int:
    text = (root / "proc/meminfo").read_text()
    found = re.search(r"^MemTotal:\s*(\d+) kB$", text, re.MULTILINE)
    assert found, "/proc/meminfo has no MemTotal"
    return int(found[1]) * 1024


def _cpu_quotas(root: Path) -> Iterator[float]:
    for text in _settings(root, "", "cpu.max"):
        quota, period = text.split()
        if quota != "max":
            yield int(quota) / int(period)
    quotas = _settings(root, "cpu", "cpu.cfs_quota_us")
    periods = _settings(root, "cpu", "cpu.cfs_period_us")
    for quota, period in zip(quotas, periods, strict=False):
        if int(quota) > 0:
            yield int(quota) / int(period)


def _memory_limits(root: Path) -> Iterator[int]:
    for text in _settings(root, "", "memory.max"):
        if text != "max":
            yield int(text)
    # Version 1 writes "no limit" as a number larger than any machine.
    yield from (int(text) for text in _settings(root, "memory", "memory.limit_in_bytes"))


def _settings(root: Path, controller: str, name: str) -> Iterator[str]:
    """Read a setting of this process's control group and of all above it; no controller: version 2.

    Inside a container the group's path may be the host's; then only the root of the mount counts.
    """
    mount = root / "sys/fs/cgroup" / controller
    group = mount / _group(root, controller).lstrip("/")
    for folder in (group, *group.parents):
        with contextlib.suppress(OSError):
            yield (folder / name).read_text().strip()
        if folder == mount:
            return


def _group(root: Path, controller: str) -> str:
    """The path of this process's group: lines are ``number:controllers:path``."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return "/"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path
    return "/"


def _count_gpus(root: Path) -> int:
    """Count the NVIDIA devices that can be opened here."""
    return len([p for p in (root / "dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", p.name)])
