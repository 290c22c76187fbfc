"""Event files, read as TensorBoard frames them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c


def events_in(file: Path) -> Iterator[Event]:
    data = file.read_bytes()
    while data:
        (length,) = struct.unpack_from("<Q", data)
        (of_length,) = struct.unpack_from("<I", data, 8)
        body, (of_body,) = data[12 : 12 + length], struct.unpack_from("<I", data, 12 + length)
        assert (of_length, of_body) == (masked_crc32c(data[:8]), masked_crc32c(body))
        yield Event.FromString(body)
        data = data[16 + length :]


def scalars_in(folder: Path) -> list[tuple[str, int, float]]:
    (file,) = folder.glob("*.longboat")
    first, *events = events_in(file)
    assert first.file_version == "brain.Event:2"
    return [(e.summary.value[0].tag, e.step, e.summary.value[0].simple_value) for e in events]
