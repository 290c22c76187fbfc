"""Cores, memory and GPUs of one machine, shared by everybody on it, with no process in charge.

One file stands for the machine. Each byte of it is a slot (a tenth of a core, 64 MiB, one GPU), and
holding a slot is locking its byte, so the kernel frees what a dead holder held. The file is empty
and never read or written: nothing in it has to be trusted.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from longboat.backends.local.capacity import capacity
from longboat.backends.local.pool_file import open_pool
from longboat.errors import Unavailable
from longboat.spec.capacity import Machine
from longboat.system.locks import lock_range, locked_ranges, unlock_range

Resource = Literal["cpu", "memory", "gpu"]

MEMORY_SLOT = 64 << 20
"""Bytes."""
CPU_SLOTS = 10
"""For each core."""
_REGION = 1 << 32
"""Bytes of the file for each resource; the first one is for the doorkeeper."""
_REGIONS: dict[Resource, int] = {"cpu": _REGION, "memory": 2 * _REGION, "gpu": 3 * _REGION}
_DOOR_SECONDS = 2.0
_DOOR_RETRY = 0.001


class Shortage(NamedTuple):
    """What is missing now; cores, bytes or GPUs."""

    resource: Resource
    wanted: float
    free: float
    total: float


class Used(NamedTuple):
    """How much of a resource is held by anybody; cores, bytes or GPUs."""

    used: float
    total: float


class Lease:
    """Slots that are held until every copy of the descriptor is closed, by whatever death."""

    def __init__(self, descriptor: int, gpus: tuple[int, ...]) -> None:
        self.descriptor = descriptor
        """To be kept open by the process, and its forked children, that use the slots."""
        self.gpus = gpus
        """Indices of the GPUs, in the order of the PCI bus."""

    def close(self) -> None:
        """Close this process's copy."""
        os.close(self.descriptor)


class Pool:
    """The machine's slots."""

    def __init__(self, folder: Path | None = None, total: Machine | None = None) -> None:
        """Use the machine's pool, or the one in ``folder``; ``total`` replaces what is measured."""
        self._folder = folder
        self.total = capacity() if total is None else total
        self._slots: dict[Resource, int] = {
            "cpu": int(round(self.total.cpu * CPU_SLOTS, 6)),
            "memory": self.total.memory // MEMORY_SLOT,
            "gpu": self.total.gpu,
        }

    def acquire(self, cpu: float, memory: int, gpu: int = 0) -> Lease | Shortage:
        """Hold so many cores, bytes and GPUs, all or none; amounts are rounded up to slots.

        Raises Unavailable when the pool cannot be used now.
        """
        wanted = _slots_for(cpu, memory, gpu)
        descriptor = open_pool(self._folder)
        try:
            with _door(descriptor):
                found = self._hold_all(descriptor, wanted)
        except BaseException:
            os.close(descriptor)
            raise
        if isinstance(found, Shortage):
            os.close(descriptor)
            return found
        return Lease(descriptor, found)

    def lacking(self, cpu: float, memory: int, gpu: int = 0) -> list[Shortage]:
        """List what is more than the machine has when nobody holds anything."""
        return [
            Shortage(name, *(_amount(name, each) for each in (slots, *(self._slots[name],) * 2)))
            for name, slots in _slots_for(cpu, memory, gpu).items()
            if slots > self._slots[name]
        ]

    def usage(self) -> dict[Resource, Used]:
        """Say how much of each resource is held now, by anybody."""
        descriptor = open_pool(self._folder)
        try:
            free = {name: _count(self._free(descriptor, name)) for name in _REGIONS}
        finally:
            os.close(descriptor)
        return {
            name: Used(_amount(name, slots - free[name]), _amount(name, slots))
            for name, slots in self._slots.items()
        }

    def _hold_all(self, descriptor: int, wanted: dict[Resource, int]) -> Shortage | tuple[int, ...]:
        """Lock the slots; gives the GPUs, or what is missing, and then nothing is locked."""
        free = {name: self._free(descriptor, name) for name in _REGIONS}
        for name, slots in wanted.items():
            if slots > _count(free[name]):
                amounts = (slots, _count(free[name]), self._slots[name])
                return Shortage(name, *(_amount(name, each) for each in amounts))
        taken = {name: _first(free[name], slots) for name, slots in wanted.items()}
        for start, end in (each for ranges in taken.values() for each in ranges):
            if not lock_range(descriptor, start, end - start):
                raise Unavailable("Somebody took resources of this machine past the pool's door.")
        return tuple(
            byte - _REGIONS["gpu"] for start, end in taken["gpu"] for byte in range(start, end)
        )

    def _free(self, descriptor: int, name: Resource) -> list[tuple[int, int]]:
        """The ranges of free bytes of one resource."""
        start = _REGIONS[name]
        end = start + self._slots[name]
        free, at = [], start
        for low, high in locked_ranges(descriptor, start, end):
            if at < low:
                free.append((at, low))
            at = high
        return [*free, *([(at, end)] if at < end else [])]


@contextlib.contextmanager
def _door(descriptor: int) -> Iterator[None]:
    """Let one at a time look and take, so that two who each could have all do not both get half."""
    deadline = time.monotonic() + _DOOR_SECONDS
    while not lock_range(descriptor, 0, 1):
        if time.monotonic() >= deadline:
            raise Unavailable(
                "Another process has kept the machine's pool shut; it may be suspended. "
                "Resume or end it, then try again."
            )
        time.sleep(_DOOR_RETRY)
    try:
        yield
    finally:
        unlock_range(descriptor, 0, 1)


def _slots_for(cpu: float, memory: int, gpu: int) -> dict[Resource, int]:
    # Sums of tenths are a little more or less than tenths: 0.1 * 3 is not three slots and a bit.
    tenths = math.ceil(round(cpu * CPU_SLOTS, 6))
    return {"cpu": tenths, "memory": -(-memory // MEMORY_SLOT), "gpu": gpu}


def _amount(name: Resource, slots: int) -> float:
    if name == "cpu":
        return slots / CPU_SLOTS
    return slots * MEMORY_SLOT if name == "memory" else slots


def _count(ranges: list[tuple[int, int]]) -> int:
    return sum(end - start for start, end in ranges)


def _first(ranges: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """The first ``count`` bytes of these ranges."""
    taken = []
    for start, end in ranges:
        if count <= 0:
            break
        taken.append((start, min(end, start + count)))
        count -= end - start
    return taken
