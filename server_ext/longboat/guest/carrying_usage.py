"""What a replica used of its memory, as its control group tells from inside the container."""

from __future__ import annotations

import os
import resource
from typing import Optional

_ROOT = "/sys/fs/cgroup"
_PEAKS = ("memory.peak", "memory/memory.max_usage_in_bytes")
"""Control groups v2, v1."""
_KILLS = ("memory.events", "memory/memory.oom_control")


class Usage:
    """Looks at the control group; make it before the replica starts."""

    def __init__(self, root: str = _ROOT) -> None:
        self._root = root
        self._kills_before = self._kills()

    def peak(self) -> Optional[int]:
        """Give the most bytes in use at once; None where nobody knows."""
        for name in _PEAKS:
            text = self._read(name).strip()
            if text.isdigit():
                return int(text)
        # Of the largest single process that has ended; in KiB, getrusage(2).
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 or None

    def out_of_memory(self) -> bool:
        """Tell whether the kernel has killed for want of memory since this was made."""
        return self._kills() > self._kills_before

    def _kills(self) -> int:
        for name in _KILLS:
            for line in self._read(name).splitlines():
                key, _, number = line.partition(" ")
                if key == "oom_kill":
                    return int(number)
        return 0

    def _read(self, name: str) -> str:
        try:
            with open(os.path.join(self._root, name)) as file:
                return file.read()
        except OSError:
            return ""
