"""What a replica says while it runs: into the copy on the volume, if there is one, and out."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional

from longboat.guest import copies, inband
from longboat.guest.carrying_copy import Copy
from longboat.guest.carrying_outlet import Outlet

Sink = Any
"""An outlet or a copy: text, record, make_room."""
Send = Callable[[Sink, int, Callable[[int], None]], int]
"""Sends files to a sink, so many bytes at most; tells of what it sends, gives how many it sent."""
_AT_ONCE = 4 << 20
"""Bytes that a log takes without being rotated (the kubelet's default: at 10 MiB)."""
_PER_SECOND = 4 << 20
"""Bytes after that: a follower who loses sight of a log that is rotated twice loses a part."""


class Voice:
    """Writes everything to the copy first: what was seen of a replica is in its copy."""

    def __init__(self, outlet: Outlet, copy: Optional[Copy]) -> None:
        self._outlet = outlet
        self._copy = copy
        self._told = False

    def text(self, data: bytes) -> None:
        """Pass on bytes that the child has printed."""
        if self._copy is not None:
            self._copy.text(data)
        self._outlet.text(data)

    def record(self, kind: str, **fields: Any) -> None:
        """Pass on a record. Raises ValueError when it gets too long."""
        if self._copy is not None:
            self._copy.record(kind, **fields)
        self._outlet.record(kind, **fields)

    def push(self) -> None:
        """Have what was said written, the copy before the rest."""
        if self._copy is not None:
            self._copy.keep_up()
            self._tell_of_damage(self._copy)
        self._outlet.mark()
        self._outlet.push()

    def leave(self, send: Send, limit: int, **end: Any) -> None:
        """Send files, ``limit`` bytes of them out, and say how it ended.

        The copy, which holds more, is whole and on the disk before that is said.
        """
        copied = None if self._copy is None else self._leave_copy(self._copy, send, end)
        files = send(self._outlet, limit, Pace(self._outlet).keep)
        self._outlet.record(inband.END, files=files, copied=copied, **end)

    def _leave_copy(self, copy: Copy, send: Send, end: Any) -> Optional[int]:
        def keep(_: int) -> None:
            copy.make_room()
            self._outlet.push()

        files = send(copy, copies.LIMIT, keep)
        copy.record(inband.END, files=files, copied=None, **end)
        whole = copy.finish()
        self._tell_of_damage(copy)
        return files if whole else None

    def _tell_of_damage(self, copy: Copy) -> None:
        if copy.damage is not None and not self._told:
            self._told = True
            self._outlet.record(inband.UNCOPIED, why=copy.damage)


class Pace:
    """Keeps what is sent from running away from its reader."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._began = time.monotonic()
        self._sent = 0

    def keep(self, size: int) -> None:
        """Wait until so many bytes more are no more than may have been sent by now."""
        self._outlet.make_room()
        self._sent += size
        ahead = (self._sent - _AT_ONCE) / _PER_SECOND - (time.monotonic() - self._began)
        if ahead > 0:
            self._outlet.push()
            time.sleep(ahead)
