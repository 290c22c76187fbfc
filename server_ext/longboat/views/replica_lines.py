"""Lines of logs as they are shown: which replica, safe text."""

from __future__ import annotations

from collections.abc import Sequence

from longboat.records.render import plain
from longboat.spec.job import Replica
from longboat.views.terminal import colours_wanted, paint, unicode_works

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta")


class Prefixes:
    """Writes lines with the name of their replica before them, aligned; none for a lone one."""

    def __init__(self, replicas: Sequence[Replica]) -> None:
        width = max((len(str(replica)) for replica in replicas), default=0)
        bar = "│" if unicode_works() else "|"
        self._colours = colours_wanted()
        self._prefixes = {
            replica: paint(f"{replica!s:<{width}} {bar} ", COLOURS[number % len(COLOURS)])
            if len(replicas) > 1
            else ""
            for number, replica in enumerate(replicas)
        }

    def line(self, replica: Replica, data: bytes | str) -> str:
        """Write one line, without its end; control characters of the job never get through."""
        return self._prefixes.get(replica, f"{replica} ") + plain(data, colours=self._colours)
