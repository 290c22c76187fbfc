"""Sentences with gaps: how a cause's details become words.

A template is text with ``{field}`` or ``{field:unit}``; a part in square brackets is left out when
one of its fields is unknown, and outside brackets an unknown field reads as a vague word. So no
detail that a backend did not learn can make an explanation fail.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Mapping

from longboat.explain import words
from longboat.spec.quantities import format_cores, format_memory

Value = str | int | float

FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")
OPTIONAL = re.compile(r"\[([^\[\]]*)\]")

VAGUE = {
    "replica": "a replica",
    "cell": "?",
    "what": "something it cannot run",
    "ename": "an error",
    "missing": "a replica",
    "module": "a module",
    "python": "the interpreter",
    "image": "the image",
    "node": "a node",
    "namespace": "the namespace",
    "cluster": "of the job",
    "file": "clusters.toml",
    "log": "Its log",
}
"""What stands for a field outside brackets when nobody knows it; else ``an unknown <field>``."""


def signal_name(number: float) -> str:
    """Name a signal: ``SIGKILL``."""
    try:
        return signal.Signals(int(number)).name
    except ValueError:
        return f"signal {int(number)}"


NUMERIC: Mapping[str, Callable[[float], str]] = {
    "size": lambda value: format_memory(int(value)),
    "more_memory": words.more_memory,
    "duration": words.duration,
    "number": words.number,
    "signal": signal_name,
    "cores": lambda value: f"{value:.1f} more {'core' if value <= 1 else 'cores'}",
    "jobs": lambda value: words.count(value, "job"),
    "things": lambda value: words.count(value, "thing"),
    "cpus": format_cores,
    "gpus": lambda value: words.count(value, "GPU"),
    "cpu_option": words.cpu_option,
    "memory_option": words.memory_option,
}
TEXTUAL: Mapping[str, Callable[[str], str]] = {"listing": words.listing}


def fields(template: str) -> set[str]:
    """Every field that ``template`` names."""
    return {name for name, _ in FIELD.findall(template)}


def fill(template: str, details: Mapping[str, Value]) -> str:
    """Write the template with these details; never raises for what they lack or for odd types."""
    kept = OPTIONAL.sub(
        lambda part: part[1] if all(_known(details, f) for f in fields(part[1])) else "", template
    )
    return FIELD.sub(lambda field: _place(field, details), kept)


def _place(field: re.Match[str], details: Mapping[str, Value]) -> str:
    """Fill one gap; a vague word at the beginning gets its capital, a name is left as it is."""
    word = _word(field[1], field[2] or "", details)
    vague_start = field.start() == 0 and not _known(details, field[1])
    return word[0].upper() + word[1:] if vague_start else word


def _known(details: Mapping[str, Value], field: str) -> bool:
    return details.get(field) not in (None, "")


def _word(field: str, unit: str, details: Mapping[str, Value]) -> str:
    if not _known(details, field):
        return VAGUE.get(field, f"an unknown {field}")
    value = details[field]
    try:
        if unit in NUMERIC:
            return NUMERIC[unit](float(value))
    except (ValueError, OverflowError):
        pass
    text = words.one_line(str(value))
    return TEXTUAL[unit](text) if unit in TEXTUAL else text
