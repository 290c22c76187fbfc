"""A pod's log as the API gives it with ``timestamps=true``: before each line, its time."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable, Iterator
from time import gmtime, strftime

from longboat.backends.kubernetes.api.border import TimedOut
from longboat.backends.kubernetes.api.stream import Closed, Stream, lines_in

_SECOND = 10**9
_STAMP = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))"
)
NO_TIME = -1


class LogLines:
    """Iterate over ``(nanoseconds since the epoch, line)`` in one thread; close it from any."""

    def __init__(self, stream: Stream, since_ns: int | None = None) -> None:
        """Give the lines stamped at or after ``since_ns``: the API knows only whole seconds."""
        self._stream = stream
        self._since = since_ns or 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give each line's bytes as they were written, with its newline if it had one.

        Ends when the answer does, after a long silence, or when closed: whether there will be more
        must be asked of the pod. Raises Unavailable when the connection breaks.
        """
        try:
            yield from stamped(lines_in(self._stream), self._since)
        except (TimedOut, Closed):
            return

    def close(self) -> None:
        """End it, also while another thread waits for a line."""
        self._stream.close()


def whole_second(ns: int) -> str:
    """Write the second in which ``ns`` lies, as the parameter ``sinceTime`` wants it."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(ns // _SECOND))


def stamped(batches: Iterable[list[bytes]], since: int = 0) -> Iterator[tuple[int, bytes]]:
    """Take the stamps off the lines; give what was written at or after ``since``.

    Asked for what came since a moment, the kubelet may begin in the middle of a line that began
    before it; that piece has no stamp, and is left out as its beginning was.
    """
    second, zone, base = b"", b"", 0
    for lines in batches:
        for line in lines:
            stamp, _, text = line.partition(b" ")
            if stamp[:20] == second and stamp[29:] == zone and stamp[20:29].isdigit():
                at = base + int(stamp[20:29])
            else:
                at = nanoseconds(stamp)
                if at != NO_TIME:
                    second, zone, base = stamp[:20], stamp[29:], at - at % _SECOND
            if at >= since:
                yield at, text


def nanoseconds(stamp: bytes) -> int:
    """Read a time of RFC 3339 with up to nine decimals; NO_TIME when it is none."""
    found = _STAMP.fullmatch(stamp)
    if found is None:
        return NO_TIME
    *date, fraction, sign, hours, minutes = found.groups()
    offset = 60 * (60 * int(hours) + int(minutes)) if sign else 0
    try:
        seconds = timegm(tuple(map(int, date))) - (offset if sign == b"+" else -offset)
    except ValueError:  # there is no such day
        return NO_TIME
    return seconds * _SECOND + int((fraction or b"").ljust(9, b"0"))
