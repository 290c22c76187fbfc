"""Cores, bytes and seconds as people write them.

Sizes follow Kubernetes: ``G`` is 10⁹ and ``Gi`` 2³⁰; ``GB`` and ``GiB`` are read alike, upper or
lower case. Every parser takes a number as well as text and raises BadInput for ``field``.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from longboat.errors import BadInput
from longboat.spec.problems import shown

_NUMBER = r"(\d{1,18}(?:\.\d{1,9})?|\.\d{1,9})"
_CPU = re.compile(rf"{_NUMBER}(m?)")
_MEMORY = re.compile(rf"{_NUMBER}\s*([kmgtp]?i?)b?", re.IGNORECASE)
_DURATION_PART = re.compile(rf"{_NUMBER}\s*([dhms])", re.IGNORECASE)

_MEMORY_UNITS = {
    "": 1,
    **{unit: 1000 ** (n + 1) for n, unit in enumerate("kmgtp")},
    **{f"{unit}i": 1024 ** (n + 1) for n, unit in enumerate("kmgtp")},
}
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}

_MOST_BITS = 64
"""Of a whole number; Python refuses to write very long ones."""
MIN_MEMORY = 1 << 20
MAX_MEMORY = 1 << 50
MAX_SECONDS = 366 * 86_400


def parse_count(value: object, field: str, least: int, most: int) -> int:
    """Read a whole number within bounds, from an int or text."""
    number = value
    if isinstance(value, str):
        text = value.strip()
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    if isinstance(number, int) and not isinstance(number, bool) and least <= number <= most:
        return number
    raise BadInput.of(
        field, f'"{shown(value)}" cannot be used: give a whole number from {least} to {most}.'
    )


def parse_cpu(value: object, field: str = "cpu") -> float:
    """Read cores, such as ``2``, ``"1.5"`` or ``"500m"``; a multiple of 0.1, at least 0.1."""
    match = _CPU.fullmatch(_text(value))
    if match is None:
        raise BadInput.of(
            field, f'"{shown(value)}" is not a number of cores; write for example 2 or 0.5.'
        )
    tenths = Fraction(match[1]) * (10 if not match[2] else Fraction(1, 100))
    if tenths < 1:
        raise BadInput.of(field, f"{shown(value)} is too little; the least is 0.1 cores.")
    if tenths.denominator != 1:
        low = math.floor(tenths)
        raise BadInput.of(
            field,
            f"CPU is counted in tenths of a core; instead of {shown(value)} "
            f"write {low / 10:g} or {(low + 1) / 10:g}.",
        )
    return int(tenths) / 10


def parse_memory(value: object, field: str = "memory") -> int:
    """Read bytes, such as ``"2G"``, ``"512Mi"``, ``"1.5 GiB"`` or a number of bytes."""
    match = _MEMORY.fullmatch(_text(value))
    unit = match[2].lower() if match else None
    if match is None or unit not in _MEMORY_UNITS:
        raise BadInput.of(
            field, f'"{shown(value)}" is not an amount of memory; write for example 2G or 512Mi.'
        )
    amount = int(Fraction(match[1]) * _MEMORY_UNITS[unit])
    if amount < MIN_MEMORY:
        hint = "" if unit else f" Did you mean {match[1]}G?"
        raise BadInput.of(field, f"{shown(value)} is too little; the least is 1 MiB.{hint}")
    if amount > MAX_MEMORY:
        raise BadInput.of(field, f"{shown(value)} is more than any machine has; ask for less.")
    return amount


def parse_duration(value: object, field: str = "deadline") -> float:
    """Read seconds, such as ``"2h"``, ``"1h30m"``, ``"90s"`` or a number of seconds; above 0."""
    text = _text(value)
    seconds = Fraction(text) if re.fullmatch(_NUMBER, text) else _unit_seconds(text)
    if seconds is None:
        raise BadInput.of(
            field, f'"{shown(value)}" is not a duration; write for example 2h, 90s or 1h30m.'
        )
    if not 0 < seconds <= MAX_SECONDS:
        raise BadInput.of(
            field, f"{shown(value)} is out of range: a duration is above 0 and at most 366 days."
        )
    return float(seconds)


def _text(value: object) -> str:
    """Bring a number or text to plain text; anything else to text that no parser accepts."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float):
        return format(value, "f") if math.isfinite(value) else ""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return ""
    text = str(value).strip()
    return text if text.isascii() else ""


def _unit_seconds(text: str) -> Fraction | None:
    """Add up parts of falling unit; None when it is not made of such parts."""
    total, last, position = Fraction(0), math.inf, 0
    for match in _DURATION_PART.finditer(text):
        unit = _SECONDS[match[2].lower()]
        if text[position : match.start()].strip() or unit >= last:
            return None
        total, last, position = total + Fraction(match[1]) * unit, unit, match.end()
    return total if position and not text[position:].strip() else None


def format_memory(amount: int) -> str:
    """Write bytes for a sentence: ``1.5 GiB``; rounded to hundredths."""
    for unit, size in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if amount >= size:
            return f"{round(amount / size, 2):g} {unit}"
    return f"{amount} bytes"


def format_cores(cores: float) -> str:
    """Write cores for a sentence: ``1 core``, ``1.5 cores``."""
    return f"{round(cores, 1):g} core{'' if cores == 1 else 's'}"
