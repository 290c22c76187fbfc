"""Values given for a notebook's parameters, checked against what the notebook declares."""

from __future__ import annotations

import json
import keyword
import math
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

from longboat.errors import BadInput
from longboat.spec.problems import Problems, shown
from longboat.spec.source import Default, Parameters

FIELD = "parameters"
LARGEST = 64_000
"""Bytes of all values as JSON: they travel in one environment variable (at most 128 KiB)."""
_MOST_DIGITS = 20
"""Of 64 bits, or of 63 and a sign."""
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


Kind = Literal["switch", "whole", "number", "text", "json", "any", "computed"]
"""How a form asks for a value; any: the default is None; computed: only running tells it."""
_PLAIN: dict[type, Kind] = {bool: "switch", int: "whole", float: "number", str: "text"}


def described(declared: Parameters) -> list[dict[str, Any]]:
    """Tell of each parameter its name, its kind, and its default as JSON, null where it has none.

    A default that JSON does not know, such as a set, counts as computed.
    """
    return [_described(name, default) for name, default in declared.defaults.items()]


def _described(name: str, default: Any) -> dict[str, Any]:
    kind: Kind = "any" if default is None else _PLAIN.get(type(default), "json")
    try:
        plain = json.loads(json.dumps(default, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        kind, plain = "computed", None
    return {"name": name, "kind": kind, "default": plain}


class _Text(str):
    """A value as written in ``NAME=VALUE``: JSON if it is that, else a text."""


def check_parameters(given: Any, declared: Parameters) -> dict[str, Any]:
    """Read values, a mapping or a list of ``NAME=VALUE``, and fit them to the defaults' types.

    A text VALUE is read as JSON, else kept as text. The result is plain JSON data. Raises BadInput
    with a problem for each value, field ``parameters.<name>``.
    """
    problems = Problems()
    pairs = _pairs(given, problems)
    values = {
        name: problems.attempt(None, _check, name, value, declared) for name, value in pairs.items()
    }
    problems.finish()
    text = json.dumps(values)
    if len(text.encode()) > LARGEST:
        raise BadInput.of(
            FIELD,
            f"All values together may have {LARGEST // 1000} kB; put large data into a file that "
            "travels with the notebook.",
        )
    plain: dict[str, Any] = json.loads(text)
    return plain


def _pairs(given: Any, problems: Problems) -> dict[str, Any]:
    """Bring a mapping or a list of ``NAME=VALUE`` to one form."""
    if isinstance(given, Mapping):
        return {str(name): value for name, value in given.items()}
    if not isinstance(given, list | tuple) or not all(isinstance(text, str) for text in given):
        problems.add(FIELD, "Give parameters as a mapping or a list of NAME=VALUE.")
        return {}
    pairs: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.add(FIELD, f'"{shown(text)}" is not NAME=VALUE; write for example lr=0.1.')
            continue
        if name in pairs:
            problems.add(f"{FIELD}.{name}", "It is given more than once; give it once.")
        pairs[name] = _Text(value)
    return pairs


def _check(name: str, value: Any, declared: Parameters) -> Any:
    field = f"{FIELD}.{name}"
    if not name.isidentifier() or keyword.iskeyword(name):
        raise BadInput.of(
            FIELD,
            f'"{shown(name)}" cannot be the name of a parameter: it is no name of a variable.',
        )
    if name not in declared.defaults and not declared.open:
        raise BadInput.of(field, _unknown(declared))
    default = declared.defaults.get(name, Default.COMPUTED)
    parsed = _parse_text(field, value, default) if isinstance(value, _Text) else value
    try:
        _check_json(field, parsed)
    except RecursionError as error:
        raise BadInput.of(field, "The value is nested too deeply.") from error
    return _fit(field, parsed, default)


def _unknown(declared: Parameters) -> str:
    if declared.defaults:
        names = ", ".join(sorted(declared.defaults))
        return f"The notebook has no parameter of this name; it has {names}."
    return (
        "The notebook declares no parameters. Declare them with their defaults, for example "
        "p = longboat.params(lr=0.1), or assign them in a cell tagged parameters."
    )


def _parse_text(field: str, text: str, default: Any) -> Any:
    """Read ``VALUE``: by JSON, but text for a text and Python's True and False for a bool."""
    if isinstance(default, str) and not text.startswith('"'):
        return str(text)
    if isinstance(default, bool) and text in ("True", "False"):
        return text == "True"
    try:
        return json.loads(text, parse_constant=_no_constant, parse_int=_whole)
    except json.JSONDecodeError:
        return str(text)
    except RecursionError as error:
        raise BadInput.of(field, f'"{shown(text)}" cannot be used: nested too deeply.') from error
    except ValueError as error:
        raise BadInput.of(field, f'"{shown(text)}" cannot be used: {error}.') from error


def _whole(digits: str) -> int:
    """Read a whole number; Python itself refuses to read very long ones."""
    if len(digits) > _MOST_DIGITS:
        raise ValueError("whole numbers may have 64 bits")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows, give a finite one")


def _check_json(field: str, value: Any) -> None:
    """Refuse what JSON cannot carry unchanged: NaN, infinities, other types, broken text."""
    if isinstance(value, dict):
        for key, part in value.items():
            _check_text(field, key)
            _check_json(field, part)
    elif isinstance(value, list | tuple):
        for part in value:
            _check_json(field, part)
    elif isinstance(value, str):
        _check_text(field, value)
    elif value is not None:
        _check_number(field, value)


def _check_number(field: str, value: Any) -> None:
    """Refuse what is neither a finite number nor a bool; whole numbers have 64 bits (msgspec)."""
    if not isinstance(value, int | float):
        raise BadInput.of(
            field,
            f"A value of type {type(value).__name__} cannot be given; use numbers, texts, true or "
            "false, lists and objects.",
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput.of(field, f"{value} cannot be given: JSON has finite numbers only.")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        raise BadInput.of(field, "The number is too large: whole numbers may have 64 bits.")


def _check_text(field: str, value: Any) -> None:
    if not isinstance(value, str):
        raise BadInput.of(field, "The keys of an object must be texts.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadInput.of(field, "The text has characters that are not Unicode.") from error


def _fit(field: str, value: Any, default: Any) -> Any:
    """Bring the value to the type of a literal default; null fits everything."""
    kind = type(default)
    if value is None or default is None or default is Default.COMPUTED:
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number:
        return float(value)
    if kind is int and is_number and value == int(value):
        return int(value)
    if kind in (int, float) or type(value) is not kind:
        return _misfit(field, value, default)
    return value


def _misfit(field: str, value: Any, default: Any) -> Any:
    """Accept other kinds of default (lists for tuples, …); refuse the four plain ones."""
    wanted = _KINDS.get(type(default))
    if wanted is None:
        return value
    hint = ""
    if isinstance(value, float) and isinstance(default, int):
        hint = f" If fractions are meant, write the default as {float(default)} in the notebook."
    raise BadInput.of(
        field,
        f'"{shown(value)}" does not fit: the default is {shown(default)}, so {wanted} is '
        f"wanted.{hint}",
    )
