"""Quantities as people read them; how they are written for a command is spec/quantities.py."""

from __future__ import annotations

import math

GIGABYTE = 10**9
HUNDRED_MEGABYTES = 10**8
GIBIBYTE = 1 << 30
MEBIBYTE = 1 << 20


def more_memory(limit: float) -> str:
    """Write about half as much again as ``limit`` bytes as ``--memory`` takes it: ``3G``."""
    wanted = limit * 1.5
    if wanted >= GIGABYTE:
        return f"{round(wanted / GIGABYTE)}G"
    return f"{max(1, math.ceil(wanted / HUNDRED_MEGABYTES))}00M"


def enough_memory(needed: float) -> str:
    """Write a quarter more than ``needed`` bytes as ``--memory`` takes it, rounded up: ``1.8G``."""
    tenths = math.ceil(needed * 1.25 / HUNDRED_MEGABYTES)
    return f"{tenths / 10:g}G" if tenths >= 10 else f"{tenths}00M"


def cpu_option(cores: float) -> str:
    """Write the most of ``cores`` that ``--cpu`` takes: whole tenths."""
    return f"{math.floor(round(cores * 10, 6)) / 10:g}"


def memory_option(amount: float) -> str:
    """Write the most of ``amount`` bytes in few digits as ``--memory`` takes it: ``23Gi``."""
    if amount >= 4 * GIBIBYTE:
        return f"{int(amount // GIBIBYTE)}Gi"
    return f"{int(amount // MEBIBYTE)}Mi"


def duration(seconds: float) -> str:
    """Write a span of time in at most two units: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h``."""
    if seconds < 0:
        return "0 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    for unit, name, below, below_name in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name}" + (f" {rest} {below_name}" if rest else "")
    return f"{whole} s"


def number(value: float) -> str:
    """Write a number with at most one decimal: ``2``, ``0.5``."""
    return f"{value:.1f}".removesuffix(".0")


def count(amount: float, noun: str) -> str:
    """Write ``1 file``, ``3 files``."""
    return f"{number(amount)} {noun}{'' if amount == 1 else 's'}"


def listing(names: str) -> str:
    """Write ``a, b and c`` from ``a,b,c``."""
    parts = [part.strip() for part in names.split(",") if part.strip()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def one_line(text: str, limit: int = 300) -> str:
    """Bring foreign text on one line of ``limit`` characters, without control characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
