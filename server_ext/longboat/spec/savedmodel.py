"""The signatures of a SavedModel, read without TensorFlow.

A small reader of the protocol-buffer wire format (protobuf.dev/programming-guides/encoding), for
the few fields needed of tensorflow/core/protobuf/{saved_model,meta_graph}.proto and
tensorflow/core/framework/{tensor_shape,types}.proto. The numbers below are those files' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from longboat.errors import BadInput
from longboat.spec.signature import Signature, TensorSpec

SAVED_MODEL = "saved_model.pb"
DEFAULT_SIGNATURE = "serving_default"

DTYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    14: "bfloat16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    22: "uint32",
    23: "uint64",
}
"""DataType of types.proto; anything else cannot be served."""

Value = int | memoryview


class Endpoint(NamedTuple):
    """A signature, and where its tensors are in the graph."""

    signature: Signature
    tensors: dict[str, str]
    """Input or output name, prefixed ``in:`` or ``out:``, → the tensor's name in the graph."""


def read_endpoints(folder: Path) -> dict[str, Endpoint]:
    """Read the signatures that can answer predictions from ``folder/saved_model.pb``.

    Raises BadInput when that file is missing or is no SavedModel, or none of its signatures can be
    called.
    """
    try:
        data = (folder / SAVED_MODEL).read_bytes()
    except OSError as error:
        raise BadInput.of(
            "model", f"{folder} holds no {SAVED_MODEL} that can be read: {error.strerror}."
        ) from None
    try:
        endpoints = _endpoints(memoryview(data))
    except (ValueError, IndexError) as error:
        raise BadInput.of(
            "model", f"{folder / SAVED_MODEL} is damaged ({error}); export it again."
        ) from None
    if not endpoints:
        raise BadInput.of(
            "model",
            f"{folder} has no signature to call; export it with model.export(), or pass "
            "signatures= to tf.saved_model.save().",
        )
    return endpoints


def _endpoints(data: memoryview) -> dict[str, Endpoint]:
    found = {}
    for meta_graph in _all(data, 2):
        info = next(_all(meta_graph, 1), memoryview(b""))
        if b"serve" not in [bytes(tag) for tag in _all(info, 4)]:
            continue
        tensorflow = _text(info, 5)
        for entry in _all(meta_graph, 5):
            name, definition = _map_entry(entry)
            endpoint = _endpoint(name, definition, tensorflow)
            # The saver's own bookkeeping signature takes and gives nothing a client could use.
            if not name.startswith("__") and endpoint.signature.outputs:
                found[name] = endpoint
    return found


def _endpoint(name: str, definition: memoryview, tensorflow: str) -> Endpoint:
    tensors: dict[str, str] = {}
    specs: list[dict[str, TensorSpec]] = []
    for field, side in ((1, "in"), (2, "out")):
        entries = [_map_entry(entry) for entry in _all(definition, field)]
        tensors |= {f"{side}:{key}": _text(info, 1) for key, info in entries}
        specs.append({key: _tensor(info) for key, info in sorted(entries, key=lambda e: e[0])})
    signature = Signature(
        inputs=specs[0],
        outputs=specs[1],
        signature_name=name,
        method=_text(definition, 3),
        tensorflow=tensorflow,
    )
    return Endpoint(signature, tensors)


def _tensor(info: memoryview) -> TensorSpec:
    number = next((v for f, v in _fields(info) if f == 2 and isinstance(v, int)), 0)
    dtype = DTYPES.get(number % 100, f"unsupported-{number}")
    shape = next(_all(info, 3), memoryview(b""))
    if any(field == 3 and value for field, value in _fields(shape)):
        return TensorSpec(dtype, None)
    return TensorSpec(dtype, tuple(_dimension(dim) for dim in _all(shape, 2)))


def _dimension(dim: memoryview) -> int | None:
    """Dim.size; -1, written as an unsigned 64-bit number, is an open dimension."""
    size = next((v for f, v in _fields(dim) if f == 1 and isinstance(v, int)), 0)
    return None if size >= 1 << 63 else size


def _map_entry(entry: memoryview) -> tuple[str, memoryview]:
    return _text(entry, 1), next(_all(entry, 2), memoryview(b""))


def _text(data: memoryview, field: int) -> str:
    return bytes(next(_all(data, field), memoryview(b""))).decode()


def _all(data: memoryview, wanted: int) -> Iterator[memoryview]:
    """Give every length-delimited value of one field."""
    return (v for f, v in _fields(data) if f == wanted and isinstance(v, memoryview))


def _fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """Walk over a message's fields; fixed-width values, of which we need none, are passed over."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            number, at = _varint(data, at)
            yield field, number
            continue
        if wire == 2:
            length, at = _varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(wire, len(data) + 1)
        if at + length > len(data):
            raise ValueError(f"field {field} runs over the end")
        if wire == 2:
            yield field, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("a number is too long")
