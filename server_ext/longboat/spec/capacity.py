"""What a machine has, and each replica's share of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from longboat.spec.job import Resources
from longboat.spec.problems import Problems
from longboat.spec.quantities import format_cores, format_memory

_DEFAULT_MEMORY = 2 << 30
_DEFAULT_SHARE = 0.8
"""Of the memory, for all replicas that do not say what they need."""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What jobs may use of a machine, when nothing else runs."""

    cpu: float
    """Cores."""
    memory: int
    """Bytes."""
    gpu: int = 0


class Ask(NamedTuple):
    """What was asked for each replica; None where nothing was said."""

    cpu: float | None
    memory: int | None
    gpu: int


def share(ask: Ask, replicas: int, machine: Machine | None) -> Resources:
    """Complete the ask: CPU min(1, cores ÷ replicas) down to tenths, memory min(2 GiB, 80 % ÷ n).

    Raises BadInput with every resource of which the machine can never have enough. Without a
    machine (a cluster) nothing is refused here.
    """
    if machine is None:
        return Resources(ask.cpu or 1.0, ask.memory or _DEFAULT_MEMORY, ask.gpu)
    tenths = min(10, math.floor(round(machine.cpu * 10, 6) / replicas))
    cpu = ask.cpu or max(tenths, 1) / 10
    part = int(machine.memory * _DEFAULT_SHARE / replicas)
    memory = ask.memory or max(min(_DEFAULT_MEMORY, part), 1 << 20)
    problems = Problems()
    _check_cpu(problems, cpu, replicas, machine)
    if memory * replicas > machine.memory:
        problems.add("memory", _too_much(memory, replicas, machine.memory, format_memory))
    if ask.gpu * replicas > machine.gpu:
        problems.add("gpu", _too_much(ask.gpu, replicas, machine.gpu, _gpus))
    problems.finish()
    return Resources(cpu, memory, ask.gpu)


def _check_cpu(problems: Problems, cpu: float, replicas: int, machine: Machine) -> None:
    if round(cpu * 10) * replicas > round(machine.cpu * 10, 6):
        problems.add("cpu", _too_much(cpu, replicas, machine.cpu, format_cores))


def _too_much(each: float, replicas: int, there: float, write: Callable[[Any], str]) -> str:
    """Say the numbers: what is asked in all, and what there is."""
    of_each = f" ({replicas} replicas × {write(each)})" if replicas > 1 else ""
    asked = write(each * replicas)
    return (
        f"The job asks for {asked} in all{of_each}; this machine has {write(there)}. Ask for less."
    )


def _gpus(count: int) -> str:
    return f"{count or 'no'} GPU{'' if count == 1 else 's'}"
