"""All replicas or none, on a scheduler that places pods one by one.

Replicas that were placed while others find no room hold what they will not use: two such jobs can
wait for each other for ever. So after a while the whole job is suspended, which gives everything
back, and tried again later. Nothing of the user's has run by then: replicas wait for their peers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection

from longboat.backends.kubernetes.objects.pods import Pod, is_scheduled

HOLD_SECONDS = 5.0
"""How long some may hold their places while others wait for theirs."""
PAUSE_SECONDS = (10.0, 20.0)
"""How long then nobody asks, at random: two that were in each other's way come back apart."""


class Gang:
    """When to let go of what is held, and when to ask again; times by the monotonic clock."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._partial_since: float | None = None
        self.paused_until: float | None = None

    def should_let_go(self, pods: Collection[Pod]) -> bool:
        """Tell whether some have held their places for too long while others have none."""
        placed = sum(is_scheduled(pod) for pod in pods)
        if placed in (0, self._size):
            self._partial_since = None
            return False
        if self._partial_since is None:
            self._partial_since = time.monotonic()
        return time.monotonic() - self._partial_since >= HOLD_SECONDS

    def pause(self) -> None:
        """Note that everything has been given back."""
        self._partial_since = None
        self.paused_until = time.monotonic() + random.uniform(*PAUSE_SECONDS)

    @property
    def pause_is_over(self) -> bool:
        """Whether to ask again."""
        return self.paused_until is not None and time.monotonic() >= self.paused_until

    def resume(self) -> None:
        """Note that it has been asked again."""
        self.paused_until = None
