"""Nested JSON lists to numpy arrays and back, exact in rank, shape and type."""

from __future__ import annotations

import base64
import binascii
import itertools
from typing import Any

import numpy as np

from longboat.spec.signature import TensorSpec, shape_text

JSON_TYPES: dict[type, str] = {
    int: "whole numbers",
    float: "numbers with a fraction",
    bool: "true or false",
    str: "text",
    type(None): "null",
    dict: "objects",
    list: "lists",
}
MAX_RANK = 32
"""More than any model has; numpy stops at 64."""


class Mismatch(Exception):
    """The value does not fit; the text goes on after "It wants …; "."""


def to_array(value: Any, spec: TensorSpec) -> np.ndarray:
    """Make the tensor that ``spec`` promises of nested lists; raises Mismatch."""
    limit = MAX_RANK if spec.shape is None else len(spec.shape)
    flat, shape = flatten(value, limit)
    _check_shape(shape, spec)
    return _convert(flat, spec).reshape(shape)


def flatten(value: Any, limit: int) -> tuple[list[Any], tuple[int, ...]]:
    """Take nested lists apart: their leaves and their shape; raises Mismatch when ragged.

    Level by level, in C loops: twice as fast as ``np.array``, which also takes true for 1, null for
    nan and text for what it spells.
    """
    level: list[Any] = [value]
    shape: list[int] = []
    while level and set(map(type, level)) == {list}:
        if len(shape) == limit:
            raise Mismatch(f"it got lists {limit + 1} or more deep")
        sizes = set(map(len, level))
        if len(sizes) > 1:
            raise Mismatch(
                f"it got ragged lists: at depth {len(shape) + 1} some have {min(sizes)} elements "
                f"and some {max(sizes)}"
            )
        shape.append(sizes.pop())
        level = list(itertools.chain.from_iterable(level))
    if list in set(map(type, level)):
        raise Mismatch(f"it got ragged lists: at depth {len(shape)} values stand beside lists")
    return level, tuple(shape)


def _check_shape(shape: tuple[int, ...], spec: TensorSpec) -> None:
    wanted = spec.shape
    if wanted is not None and (
        len(shape) != len(wanted)
        or any(w is not None and w != g for w, g in zip(wanted, shape, strict=True))
    ):
        raise Mismatch(f"it got shape {shape_text(shape)}")
    if 0 in shape and (wanted is None or 0 not in wanted):
        raise Mismatch(f"it got an empty one, shape {shape_text(shape)}")


def _convert(flat: list[Any], spec: TensorSpec) -> np.ndarray:
    types = set(map(type, flat))
    if spec.dtype == "string":
        return _bytes(flat, types)
    if spec.dtype == "bool":
        _check_types(types, {bool})
        return np.array(flat, dtype=np.bool_)
    if spec.dtype.startswith(("int", "uint")):
        return _whole(flat, types, spec)
    if spec.dtype.startswith(("float", "bfloat")):
        return _real(flat, types, spec)
    raise Mismatch("that cannot be written in JSON")


def _whole(flat: list[Any], types: set[type], spec: TensorSpec) -> np.ndarray:
    _check_types(types, {int})
    limits = np.iinfo(spec.dtype)
    # Not left to numpy: before 2.0 it makes another number of one that does not fit.
    for extreme in (min(flat, default=0), max(flat, default=0)):
        if not limits.min <= extreme <= limits.max:
            raise Mismatch(f"it got {extreme}, which is not between {limits.min} and {limits.max}")
    return np.array(flat, dtype=spec.dtype)


def _real(flat: list[Any], types: set[type], spec: TensorSpec) -> np.ndarray:
    _check_types(types, {int, float})
    with np.errstate(over="ignore"):
        array = np.array(flat, dtype=np.float64).astype(spec.dtype)
    finite = np.isfinite(array)
    if not finite.all():
        raise Mismatch(f"it got {flat[int(np.argmin(finite))]}, which is too large for it")
    return array


def _bytes(flat: list[Any], types: set[type]) -> np.ndarray:
    _check_types(types, {str, dict})
    array = np.empty(len(flat), dtype=object)
    array[:] = [v.encode() if isinstance(v, str) else _decoded(v) for v in flat]
    return array


def _decoded(value: dict[str, Any]) -> bytes:
    if set(value) != {"b64"} or not isinstance(value["b64"], str):
        raise Mismatch('it got an object that is not {"b64": "..."}')
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (binascii.Error, ValueError):
        raise Mismatch("it got a b64 that is not base64") from None


def _check_types(types: set[type], wanted: set[type]) -> None:
    wrong = [JSON_TYPES.get(kind, kind.__name__) for kind in types - wanted]
    if wrong:
        raise Mismatch(f"it got {' and '.join(sorted(wrong))}")


def is_bytes(value: Any, spec: TensorSpec) -> bool:
    """Tell whether an object stands for a string's bytes, and not for named inputs."""
    return spec.dtype == "string" and isinstance(value, dict) and set(value) == {"b64"}


def to_json(array: np.ndarray) -> Any:
    """Make what orjson can write: text where it is UTF-8, else ``{"b64": …}``.

    A nan or an infinity becomes null, since JSON has no word for them.
    """
    if array.dtype == object or array.dtype.kind in "SU":
        return _nested_text(array.tolist())
    if array.dtype.kind == "c":
        raise ValueError("complex numbers cannot be written in JSON")
    if array.dtype.kind == "V":
        array = array.astype(np.float32)
    return array if array.ndim else array.item()


def _nested_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_nested_text(item) for item in value]
    if isinstance(value, str):
        return value
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}
