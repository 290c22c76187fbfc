"""A request's body becomes tensors, checked against the signature before TensorFlow sees them.

A tensor of another rank aborts TensorFlow's process inside oneDNN instead of raising, and one of
another size may be answered wrongly; so nothing passes here that the signature does not promise.
The formats are TensorFlow Serving's (tensorflow.org/tfx/serving/api_rest): rows ("instances") and
columns ("inputs").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import orjson

from longboat.errors import BadInput, Problem
from longboat.predictor.tensors import Mismatch, is_bytes, to_array
from longboat.spec.signature import Signature, TensorSpec

KEYS = ("signature_name", "instances", "inputs")


class Call(NamedTuple):
    """One checked prediction."""

    signature: str
    tensors: list[np.ndarray]
    """In the order of the signature's inputs."""
    by_row: bool
    """Whether it was asked with "instances", and is answered with "predictions"."""
    rows: int | None
    """Rows of the batch when every input has an open first dimension, else None."""


def read_call(body: bytes, signatures: Mapping[str, Signature], default: str) -> Call:
    """Read and check a body; raises BadInput with everything that is wrong with it."""
    document = _document(body)
    name = document.get("signature_name", default)
    if not isinstance(name, str) or name not in signatures:
        known = ", ".join(sorted(signatures))
        raise BadInput.of(
            "signature_name", f"{_short(name)} is no signature of this model; it has: {known}."
        )
    signature = signatures[name]
    by_row = "instances" in document
    columns = _columns(document["instances"] if by_row else document["inputs"], signature, by_row)
    tensors = _tensors(columns, signature, by_row)
    return Call(name, tensors, by_row, _rows(tensors, signature))


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        raise BadInput.of("body", 'It is empty; send JSON such as {"instances": [...]}.')
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput.of("body", f"It is not JSON: {_json_error(body, error)}.") from None
    if not isinstance(document, dict):
        raise BadInput.of("body", 'It must be an object such as {"instances": [...]}.')
    unknown = [key for key in document if key not in KEYS]
    problems = [
        Problem(_short(key), 'The body may only hold "signature_name", "instances", "inputs".')
        for key in unknown
    ]
    if ("instances" in document) == ("inputs" in document):
        problems.append(
            Problem("body", 'Send either "instances" (rows) or "inputs" (columns), one of the two.')
        )
    if problems:
        raise BadInput(problems)
    return document


def _json_error(body: bytes, error: json.JSONDecodeError) -> str:
    if any(word in body for word in (b"NaN", b"Infinity")):
        return f"{error} (JSON knows no NaN and no Infinity)"
    return str(error)


def _columns(value: Any, signature: Signature, by_row: bool) -> dict[str, Any]:
    """Sort the values by input: input → nested lists."""
    names = list(signature.inputs)
    only = names[0] if len(names) == 1 else None
    if not by_row:
        if isinstance(value, dict) and not (only and is_bytes(value, signature.inputs[only])):
            _check_names(set(value), names, "inputs")
            return value
        if only is not None:
            return {only: value}
        raise BadInput.of("inputs", f"It must be an object with {_listed(names)}.")
    if not isinstance(value, list) or not value:
        raise BadInput.of("instances", "It must be a list with at least one instance.")
    if only is not None and not _named(value[0], signature.inputs[only]):
        return {only: value}
    return _transposed(value, names)


def _named(instance: Any, spec: TensorSpec) -> bool:
    return isinstance(instance, dict) and not is_bytes(instance, spec)


def _transposed(instances: list[Any], names: list[str]) -> dict[str, Any]:
    for number, instance in enumerate(instances):
        where = f"instances[{number}]"
        if not isinstance(instance, dict):
            raise BadInput.of(where, f"It must be an object with {_listed(names)}.")
        _check_names(set(instance), names, where)
    return {name: [instance[name] for instance in instances] for name in names}


def _check_names(given: set[str], names: list[str], where: str) -> None:
    problems = [
        Problem(where, f"Input {name!r} is missing; the model wants {_listed(names)}.")
        for name in names
        if name not in given
    ]
    problems += [
        Problem(where, f"{_short(name)} is no input; the model wants {_listed(names)}.")
        for name in sorted(given.difference(names))
    ]
    if problems:
        raise BadInput(problems)


def _tensors(columns: dict[str, Any], signature: Signature, by_row: bool) -> list[np.ndarray]:
    tensors, problems = [], []
    for name, spec in signature.inputs.items():
        try:
            if by_row and spec.shape == ():
                raise Mismatch('is one value for the whole call; send it in "inputs"')
            tensors.append(to_array(columns[name], spec))
        except Mismatch as error:
            problems.append(Problem(f"input {name!r}", f"It wants {spec}; {error}."))
    if problems:
        raise BadInput(problems)
    return tensors


def _rows(tensors: list[np.ndarray], signature: Signature) -> int | None:
    """Count the rows; inputs with an open first dimension must agree on them."""
    open_first = [
        spec.shape is not None and spec.shape[:1] == (None,) for spec in signature.inputs.values()
    ]
    counts = {
        name: tensor.shape[0]
        for (name, tensor, is_open) in zip(signature.inputs, tensors, open_first, strict=True)
        if is_open
    }
    if len(set(counts.values())) > 1:
        got = ", ".join(f"{name!r} {count}" for name, count in counts.items())
        raise BadInput.of(
            "inputs", f"They differ in their number of rows: {got}; send the same of each."
        )
    return next(iter(counts.values())) if counts and all(open_first) else None


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names) if names else "no input"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
