"""Writes the copy of a replica's stream to the volume, where it can harm nobody (copies.py).

A volume may be full, read-only, slow, or not answer at all. So a thread writes, and whoever has
something to write waits only so long; then the copy ends, and all else goes on without it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from typing import Any, Callable, Optional

from longboat.guest import copies, inband

_ROOM = 4 << 20
"""Bytes that may wait to be written."""
_JOB_WAITS = 10.0
"""Seconds, in all, that a running job waits for the volume."""
_KEEP_UP = 0.05
"""Seconds that standard output waits for the copy: what was seen is to be in it."""
_NO_HURRY = 1.0
"""Seconds between two such waits that were in vain."""
_SYNC_EVERY = 1.0
"""Seconds; what is older survives the end of the node."""
_LINE_AFTER = 0.2
_LONGEST_LINE = 1 << 16
"""Seconds, bytes after which what goes on in a line has its own time."""
_AT_ONCE = 1 << 16
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Copy:
    """Takes text and records as an outlet does."""

    def __init__(self, path: str, nonce: str, patience: float) -> None:
        """``patience``: seconds without any progress, once the job has ended."""
        self._path = path
        self._nonce = nonce
        self._patience = patience
        self._job_waits = min(_JOB_WAITS, patience)
        self._sequence = 0
        self._offset = 0
        self._line = 0
        """Bytes of the line that has not ended."""
        self._line_since = 0.0
        self._size = 0
        self._written = 0
        self._hurry_at = 0.0
        self._changed = threading.Condition()
        self._pending = bytearray()
        self._unsafe = False
        """Something was taken and is not yet on the disk."""
        self._progress = 0
        self._finishing = False
        self.damage: Optional[str] = None
        """Why it has ended before its time."""
        threading.Thread(target=self._run, name="copy", daemon=True).start()

    # --- what goes in

    def text(self, data: bytes) -> None:
        """Add bytes that the child has printed; waits no longer than a job may be made to."""
        late = time.monotonic() - self._line_since >= _LINE_AFTER
        if self._line and (late or self._line >= _LONGEST_LINE):
            self.record(inband.MARK)
        self._offset += len(data)
        self._add(data)
        self._make_room_for_job()

    def record(self, kind: str, **fields: Any) -> None:
        """Add a record. Raises ValueError when it gets too long."""
        record = inband.Record(kind, self._sequence, self._offset, fields)
        self._sequence += 1
        self._add(inband.encode(self._nonce, record))

    def make_room(self) -> None:
        """Wait, once the job has ended, until there is room for more."""
        if len(self._pending) > _ROOM:
            self._wait_while(lambda: len(self._pending) > _ROOM)

    def keep_up(self) -> None:
        """Wait a moment for what was added to be written."""
        now = time.monotonic()
        with self._changed:
            if self._pending and now >= self._hurry_at and not self._ready(_KEEP_UP, 0):
                self._hurry_at = time.monotonic() + _NO_HURRY

    def finish(self) -> bool:
        """Have all of it on the disk; False when that cannot be."""
        with self._changed:
            self._finishing = True
            self._changed.notify_all()
        self._wait_while(lambda: self._unsafe)
        return self.damage is None

    def _add(self, data: bytes) -> None:
        """Put the time before each line that begins here."""
        if self.damage is not None:
            return
        stamp = copies.stamp(time.time_ns())
        *whole, rest = data.rsplit(b"\n", 1)
        lines = data if not whole else whole[0].replace(b"\n", b"\n" + stamp) + b"\n"
        begun = lines if self._line else stamp + lines
        if whole and rest:
            begun += stamp + rest
        self._line = len(rest) if whole else self._line + len(data)
        self._line_since = time.monotonic()
        self._hand_over(begun)

    def _hand_over(self, data: bytes) -> None:
        with self._changed:
            if self.damage is None:  # it may have come to that just now
                self._size += len(data)
                self._pending += data
                self._unsafe = True
                self._changed.notify_all()

    # --- waiting

    def _make_room_for_job(self) -> None:
        if self._size > copies.LIMIT:
            self._end(f"{copies.LIMIT >> 30} GiB of it are there")
        began = time.monotonic()
        with self._changed:
            if len(self._pending) <= _ROOM:
                return
            ready = self._ready(self._job_waits, _ROOM // 2)
        self._job_waits -= time.monotonic() - began
        if not ready:
            self._end("the volume is too slow")

    def _ready(self, seconds: float, most: int) -> bool:
        """Wait until no more than ``most`` bytes are not yet written."""
        return self._changed.wait_for(
            lambda: self.damage is not None or len(self._pending) <= most, max(0.0, seconds)
        )

    def _wait_while(self, busy: Callable[[], bool]) -> None:
        """Wait as long as the volume takes anything."""
        with self._changed:
            while self.damage is None and busy():
                before = self._progress
                self._changed.wait(self._patience)
                if self.damage is None and self._progress == before and busy():
                    self._end("the volume does not answer")

    def _end(self, why: str) -> None:
        with self._changed:
            self.damage = self.damage or why
            self._unsafe = False
            self._pending = bytearray()
            self._changed.notify_all()

    # --- the thread

    def _run(self) -> None:
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o644)
            try:
                self._write_all(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._end(error.strerror or str(error))
            if error.errno in _FULL:
                # Others need the room more: the job's checkpoints are there, too.
                with contextlib.suppress(OSError):
                    os.unlink(self._path)

    def _write_all(self, descriptor: int) -> None:
        synced_at = time.monotonic()
        while self.damage is None and not (self._finishing and not self._unsafe):
            data = self._next()
            for start in range(0, len(data), _AT_ONCE):
                self._leave_room(descriptor)
                self._write(descriptor, data[start : start + _AT_ONCE])
            now = time.monotonic()
            if not data or self._finishing or now - synced_at >= _SYNC_EVERY:
                os.fsync(descriptor)
                synced_at = now
                self._synced()

    def _next(self) -> bytes:
        """What is to be written; nothing when what was written is to be synced."""
        with self._changed:
            seconds = _SYNC_EVERY if self._unsafe else None
            self._changed.wait_for(self._has_work, seconds)
            return bytes(self._pending)

    def _has_work(self) -> bool:
        return bool(self._pending) or self.damage is not None or self._finishing

    def _leave_room(self, descriptor: int) -> None:
        """Take no more than half of what was free. Raises OSError."""
        volume = os.fstatvfs(descriptor)
        if volume.f_blocks and self._written > volume.f_bavail * volume.f_frsize:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _write(self, descriptor: int, data: bytes) -> None:
        while data:
            written = os.write(descriptor, data)
            data = data[written:]
            self._written += written
            with self._changed:
                del self._pending[:written]
                self._progress += written
                self._changed.notify_all()

    def _synced(self) -> None:
        with self._changed:
            self._unsafe = bool(self._pending)
            self._progress += 1
            self._changed.notify_all()
