"""Kubernetes' way of writing amounts: ``100m``, ``1.5Gi``, ``128974848``, ``1e3``."""

from __future__ import annotations

import re
from fractions import Fraction

_QUANTITY = re.compile(
    r"([+-]?)(\d{1,64}\.?\d{0,64}|\.\d{1,64})"
    r"(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?"
)
"""The grammar of apimachinery's ``resource.Quantity``; it, too, is exact."""
_UNITS = {
    **{unit: Fraction(1000) ** power for power, unit in enumerate("num", -3)},
    **{unit: Fraction(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Fraction(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def parse_quantity(text: object) -> Fraction:
    """Read an amount. Raises ValueError for what Kubernetes does not write."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is not a quantity of Kubernetes")
    sign, digits, unit, exponent = match.groups()
    amount = Fraction(digits.rstrip("."))
    amount *= _UNITS[unit] if unit else Fraction(10) ** int(exponent or 0)
    return -amount if sign == "-" else amount


def quantity_or_zero(text: object) -> Fraction:
    """Read an amount; what cannot be read counts as nothing."""
    try:
        return parse_quantity(text)
    except ValueError:
        return Fraction(0)
