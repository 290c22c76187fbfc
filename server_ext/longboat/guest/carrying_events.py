"""The replica's events, passed on as they are appended to events.jsonl."""

from __future__ import annotations

import os
from typing import Optional

from longboat.guest import inband
from longboat.guest.carrying_voice import Voice

_CHUNK = 1 << 16


class Tail:
    """Reads a growing file of lines forward."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: Optional[int] = None
        self._torn = b""

    def forward(self, voice: Voice) -> bool:
        """Send the lines that have come since, up to a limit; False when there was nothing."""
        data = self._read()
        *lines, self._torn = (self._torn + data).split(b"\n")
        for line in lines:
            _send(voice, line + b"\n")
        return bool(data)

    def _read(self) -> bytes:
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return b""  # nothing has been reported yet
        return os.read(self._descriptor, _CHUNK)


def _send(voice: Voice, line: bytes) -> None:
    rest = len(line)
    kind = inband.EVENT
    for piece in inband.cut(line):
        rest -= len(piece)
        voice.record(kind, data=inband.pack(piece), last=not rest)
        kind = inband.PART
