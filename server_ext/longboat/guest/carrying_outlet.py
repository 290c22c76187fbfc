"""Standard output of a carrier: the child's bytes, and the records between them."""

from __future__ import annotations

import os
import re
import select
import time
from typing import Any, Optional

from longboat.guest import inband

_RETURNS = re.compile(b"(?<=\r)(?=\n)")
_ROOM = 1 << 18
"""Bytes that may wait to be written before nothing more is read."""
_MARK_EVERY = 1 << 16
"""Bytes of text: so much may be lost before a reader can notice, and where, to this precision."""
_MARK_AFTER = 1.0
"""Seconds, likewise."""
_LINE_AFTER = 0.2
"""Seconds after which an unfinished line is shown; log collectors hold lines until they end."""


class Outlet:
    """Writes text and records to a descriptor in order, without waiting for whoever reads it.

    When nobody reads any more, all that is still written is thrown away.
    """

    def __init__(self, descriptor: int, nonce: str, patience: float) -> None:
        """``patience``: seconds that ``settle`` waits for a reader who takes nothing."""
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._nonce = nonce
        self._patience = patience
        self._pending = bytearray()
        self._closed = False
        self._sequence = 0
        self._offset = 0
        self._unmarked = 0
        self._marked_at = time.monotonic()
        self._line_since: Optional[float] = None
        self._returned = False
        """The last byte was a carriage return."""

    @property
    def pending(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._pending)

    @property
    def full(self) -> bool:
        """Whether so much waits that nothing should be added."""
        return len(self._pending) >= _ROOM

    def text(self, data: bytes) -> None:
        """Add bytes that the child has printed.

        containerd drops a carriage return that stands directly before the end of a line, so that a
        record is put between the two.
        """
        if self._returned and data.startswith(b"\n"):
            self.record(inband.MARK)
        first, *others = _RETURNS.split(data)
        self._plain(first)
        for piece in others:
            self.record(inband.MARK)
            self._plain(piece)
        self._returned = data.endswith(b"\r")

    def _plain(self, data: bytes) -> None:
        self._add(data)
        self._offset += len(data)
        self._unmarked += len(data)
        if data.endswith(b"\n"):
            self._line_since = None
        elif self._line_since is None or b"\n" in data:
            self._line_since = time.monotonic()
        if self._unmarked >= _MARK_EVERY:
            self.record(inband.MARK)

    def record(self, kind: str, **fields: Any) -> None:
        """Add a record. Raises ValueError when it gets too long."""
        record = inband.Record(kind, self._sequence, self._offset, fields)
        self._add(inband.encode(self._nonce, record))
        self._sequence += 1
        self._unmarked = 0
        self._marked_at = time.monotonic()
        self._line_since = None
        self._returned = False

    def mark(self) -> None:
        """Add a mark if it is time for one."""
        now = time.monotonic()
        line = self._line_since is not None and now - self._line_since >= _LINE_AFTER
        if line or (self._unmarked and now - self._marked_at >= _MARK_AFTER):
            self.record(inband.MARK)

    def push(self) -> None:
        """Write what can be written at once."""
        try:
            while self._pending:
                del self._pending[: os.write(self.descriptor, self._pending)]
        except BlockingIOError:
            pass
        except OSError:
            self._close()

    def settle(self, rest: int = 0) -> None:
        """Wait until at most ``rest`` bytes are not yet written, or nobody seems to read."""
        self.push()
        while len(self._pending) > rest:
            if not select.select([], [self.descriptor], [], self._patience)[1]:
                self._close()
            self.push()

    def make_room(self) -> None:
        """Wait until there is room for more."""
        if self.full:
            self.settle(_ROOM // 2)

    def _add(self, data: bytes) -> None:
        if not self._closed:
            self._pending += data

    def _close(self) -> None:
        self._closed = True
        self._pending.clear()
