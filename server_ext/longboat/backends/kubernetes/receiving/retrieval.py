"""What of a replica did not come from its pod, had from its copy on the volume, if there is one."""

from __future__ import annotations

import time
from collections.abc import Callable

from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.receiving.fetching import Fetcher
from longboat.backends.kubernetes.receiving.readers import Readers
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.records.layout import ReplicaDirectory
from longboat.spec.job import Replica


class Retrieval:
    """That of one replica; begins when it is found that the replica has ended."""

    def __init__(
        self,
        replica: Replica,
        directory: ReplicaDirectory,
        facts: ClusterFacts,
        readers: Readers | None,
        wake: Callable[[], None],
    ) -> None:
        """Go on from what is known; ``readers`` where there is a volume."""
        self.since = facts.fetches.get(str(replica))
        """When it was found that it has ended, in seconds since the epoch; None for not."""
        self._replica = replica
        self._directory = directory
        self._nonce = facts.nonce
        self._readers = readers
        self._wake = wake
        self._fetcher: Fetcher | None = None
        self._given_up_at: float | None = None

    @property
    def begun(self) -> bool:
        """Whether it has been begun here."""
        return self._fetcher is not None

    @property
    def busy(self) -> bool:
        """Whether it is under way."""
        return self._fetcher is not None and not self._fetcher.finished

    @property
    def replaced(self) -> bool:
        """Whether what is in the folder is from the copy."""
        return self._fetcher is not None and self._fetcher.replaced

    @property
    def why(self) -> str:
        """Why it is not, when it was to be."""
        return self._fetcher.why if self._fetcher is not None else ""

    def begin(self, pod: str, there: Receiver) -> None:
        """Fetch the copy of a ``pod`` if ``there`` is not all; its UID may be unknown (empty)."""
        if self._readers is None or not _lacks_something(there):
            return
        self.since = self.since or time.time()
        if self._given_up_at is None or self._given_up_at <= self.since:
            self._fetcher = Fetcher(
                *(self._readers, self._replica, pod, self._directory, self._nonce, there),
                wake=self._wake,
            )

    def give_up(self, at: float) -> None:
        """Have no more of it if somebody, ``at`` that time, wanted an end of it."""
        self._given_up_at = at
        if self._fetcher is not None and self.since is not None and self.since < at:
            self._fetcher.close()

    def close(self) -> None:
        """Leave it to a successor."""
        if self._fetcher is not None:
            self._fetcher.close()


def _lacks_something(there: Receiver) -> bool:
    """Whether a copy may have more than what came from the pod."""
    if there.copied or there.uncopied:
        return False
    end = there.end
    if end is None:
        return True
    if end.copied is None:
        return False
    return (
        not there.complete or there.lost_files > 0 or (bool(there.left) and end.copied > end.files)
    )
