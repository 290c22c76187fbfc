"""The last lines of a job's logs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from longboat.records.render import plain
from longboat.records.sources import Line
from longboat.spec.job import Replica

_LONGEST = 4096
"""Bytes of a line that are kept."""
_SHOWN = 400
"""Characters of a line that are shown."""


class Tail:
    """Holds so many lines; pieces of one, as of a bar that goes on, are put together again."""

    def __init__(self, replicas: Sequence[Replica], lines: int) -> None:
        self._width = max((len(str(each)) for each in replicas), default=0)
        self._alone = len(replicas) < 2
        self._rows: deque[_Row] = deque(maxlen=lines)
        self._open: dict[Replica, _Row] = {}

    def add(self, line: Line) -> None:
        """Take a line or a piece of one."""
        row = self._open.pop(line.replica, None)
        if row is None:
            row = _Row(line.replica)
            self._rows.append(row)
        # Of a bar that writes over itself the end is what stands there.
        row.data = (row.data + line.data)[-_LONGEST:]
        if not line.data.endswith(b"\n"):
            self._open[line.replica] = row

    def lines(self) -> list[str]:
        """Write them as safe text, with the names of replicas where there are several."""
        return [self._prefix(row.replica) + _cut(plain(row.data)) for row in self._rows]

    def _prefix(self, replica: Replica) -> str:
        return "" if self._alone else f"{replica!s:<{self._width}} │ "


class _Row:
    """A line, as far as it has come."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.data = b""


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
