"""A replica's folder made anew from its copy on the volume, beside the one that is there.

It takes the other's place when it is at least as good. Whoever does it may be killed at any moment:
a successor goes on where it was, or completes the exchange.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

from longboat.backends.kubernetes.api.log_lines import stamped
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.backends.kubernetes.receiving.segments import Segment
from longboat.errors import Broken
from longboat.guest import inband
from longboat.records.layout import ReplicaDirectory


class Rebuilding:
    """Takes a copy segment by segment."""

    def __init__(self, directory: ReplicaDirectory, nonce: str) -> None:
        """Go on where the last one saved, or begin. Raises OSError."""
        self._there = directory.path
        self._beside = _beside(directory.path)
        self._opening = inband.opening(nonce)
        try:
            self._receiver = Receiver(ReplicaDirectory(self._beside), nonce)
        except Broken:
            shutil.rmtree(self._beside)
            self._receiver = Receiver(ReplicaDirectory(self._beside), nonce)

    @property
    def taken(self) -> int:
        """How many bytes of the copy were taken: the next segment begins there."""
        return self._receiver.copied

    def take(self, segment: Segment) -> bool:
        """Take the lines of a segment that begins at ``taken``; False when it is not one of a copy.

        A line that goes on behind it is left for the next. Raises OSError: make a new one.
        """
        used = len(segment.data) if segment.last else segment.data.rfind(b"\n") + 1
        if not (used or segment.last):
            return False
        self._receiver.take_copy(_lines(self._whole(segment.data[:used])), used)
        self._receiver.save()
        return True

    def _whole(self, data: bytes) -> bytes:
        """Leave out a record that was being written when its pod ended."""
        at = data.rfind(b"\x1e", data.rfind(b"\n") + 1)
        begun = at >= 0 and data[at:].startswith(self._opening[: len(data) - at])
        return data[:at] if begun else data

    def replaces(self, there: Receiver | None, why: str) -> bool:
        """Take the other's place, if it is at least as far; ``why`` it has no end, if it has none.

        ``there`` is what came from the pod itself. Raises OSError.
        """
        if there is not None and not _is_as_far(self._receiver, there):
            shutil.rmtree(self._beside, ignore_errors=True)
            return False
        self._receiver.lose(why)
        self._receiver.save()
        shutil.rmtree(_before(self._there), ignore_errors=True)
        rename(self._there, _before(self._there))
        complete_exchange(ReplicaDirectory(self._there))
        return True


def complete_exchange(directory: ReplicaDirectory) -> None:
    """Complete an exchange in the middle of which somebody was killed, if there is one."""
    before, beside = _before(directory.path), _beside(directory.path)
    if not directory.path.exists() and before.exists():
        rename(beside, directory.path)
    if directory.path.exists():
        shutil.rmtree(before, ignore_errors=True)


def rename(old: Path, new: Path) -> None:
    """One of the two steps of an exchange. Raises OSError."""
    old.rename(new)


def forget_rebuilding(directory: ReplicaDirectory) -> None:
    """Have nothing of it any more."""
    shutil.rmtree(_beside(directory.path), ignore_errors=True)


def _is_as_far(new: Receiver, old: Receiver) -> bool:
    further = new.end is not None or (old.end is None and new.text >= old.text)
    return further and new.lost_bytes <= old.lost_bytes


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Take the times off; of a last line that was being written there may be no text yet."""
    return (each for each in stamped([line] for line in io.BytesIO(data)) if each[1])


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.copy")


def _before(path: Path) -> Path:
    return path.with_name(f".{path.name}.before")
