"""Who meets before TensorFlow starts, how long they wait, and who did not come."""

from __future__ import annotations

import time
from typing import Callable, Dict, List, NamedTuple

from longboat.errors import Unavailable

OnWaiting = Callable[[List[str]], None]
"""Called with the replicas that are still missing, whenever that changes."""

NEVER_CAME = "it never came"
WENT_AWAY = "it came, then went away"


class PeersMissing(Unavailable):
    """Not all peers came in time."""

    def __init__(self, replica: str, missing: Dict[str, str], seconds: float) -> None:
        self.replica = replica
        """Who waited."""
        self.missing = sorted(missing)
        """Who did not come."""
        self.seconds = round(seconds, 1)
        """How long it was waited."""
        self.why = "; ".join(f"{name}: {missing[name]}" for name in self.missing)
        super().__init__(
            f"{replica} waited {self.seconds:g} s for its peers, and not all can start: {self.why}."
            " Look at the logs of the missing replicas; if they only start slowly, raise"
            " LONGBOAT_PEER_TIMEOUT (seconds)."
        )


class Party(NamedTuple):
    """Who meets, and on whose behalf."""

    me: str
    """A replica, written ``worker-0``."""
    addresses: Dict[str, str]
    """Replica → ``host:port``; the first is the leader's."""
    job: str
    attempt: int

    @property
    def leader(self) -> str:
        """The replica on whose port they meet."""
        return next(iter(self.addresses))

    @property
    def others(self) -> List[str]:
        """Everybody but me."""
        return [name for name in self.addresses if name != self.me]


class Patience:
    """How long one waits, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def used(self) -> float:
        """Seconds waited so far."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds still to wait; 0 when it is over."""
        return max(0.0, self._seconds - self.used)
