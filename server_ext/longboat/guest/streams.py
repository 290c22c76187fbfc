"""Standard output and error: to the log at once, and to whoever keeps the outputs of the cell."""

from __future__ import annotations

import codecs
import functools
import io
import os
import sys
from typing import Any, Callable

Sink = Callable[[str, str], None]
"""Takes the name of the stream ("stdout", "stderr") and the text."""


class _Tee(io.RawIOBase):
    """A file descriptor of which a copy, decoded, goes to a sink.

    Under an unbuffered text layer, as Python itself does with ``-u``: ``print``, ``.buffer`` and
    ``.fileno()`` all behave, and what was printed is in the log when the next line runs.
    """

    def __init__(self, descriptor: int, sink: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._sink = sink
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        raw = bytes(data)
        write_all(self._descriptor, raw)
        text = self._decode(raw)
        if text:
            self._sink(text)
        return len(raw)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, also where a pipe takes it in pieces. Raises OSError."""
    written = os.write(descriptor, data)
    while written < len(data):
        data = data[written:]
        written = os.write(descriptor, data)


def install(sink: Sink) -> None:
    """Put a tee in the place of ``sys.stdout`` and ``sys.stderr``."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        getattr(sys, name).flush()
        tee = _Tee(descriptor, functools.partial(sink, name))
        setattr(sys, name, _text_layer(tee))


def _text_layer(raw: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        raw, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True
    )


def log(text: str, descriptor: int = 1) -> None:
    """Write text to the log alone; the cell's outputs hold it in another form."""
    data = text if text.endswith("\n") else text + "\n"
    write_all(descriptor, data.encode("utf-8", "backslashreplace"))


def complain(text: str) -> None:
    """Print to standard error; to the log alone where the code has closed that."""
    try:
        print(text, file=sys.stderr)
    except ValueError:
        log(text, 2)
