"""How a replica has ended: from what its carrier said, or else from what became of its pod."""

from __future__ import annotations

import signal
from pathlib import PurePosixPath
from typing import NamedTuple

from longboat.backends.kubernetes.diagnosis.causes import cause_of_pod_end
from longboat.backends.kubernetes.diagnosis.pod_end import cause_of_departure
from longboat.backends.kubernetes.objects.pods import Pod, exit_code_of, is_lost
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.backends.last_word import cause_of_end, read_last_word, true_code
from longboat.explain.cause import Cause
from longboat.guest import copies
from longboat.records.layout import ReplicaDirectory
from longboat.spec.job import Replica

BY_SIGNAL = (-signal.SIGTERM, -signal.SIGKILL)
"""How whoever is told to end ends."""
_MODEL = "model/"
_TOO_LARGE = f"{copies.LIMIT >> 30} GiB is the most that a job may leave there"


class Outcome(NamedTuple):
    """How a replica has ended."""

    exit_code: int | None = None
    """None when nobody knows."""
    cause: Cause | None = None
    """None: it succeeded."""
    at: float | None = None
    """When, by its node's clock; None when it did not say."""
    memory_peak: int | None = None


class Ended(NamedTuple):
    """What is the same for a replica however it ends."""

    replica: Replica
    directory: ReplicaDirectory
    limit: int
    """Bytes that it may use."""
    leads: bool
    """What it leaves is the job's."""
    volume: str | None
    """Where there is a copy of all that it says and leaves; None for no copy."""

    def told(self, receiver: Receiver, pod: Pod | None, why: str = "") -> Outcome:
        """Conclude from what the carrier said at its end; ``pod`` as it was last seen.

        ``why`` what is missing could not be fetched from the volume.
        """
        said = receiver.end
        assert said is not None
        word = read_last_word(self.directory)
        code = true_code(said.exit_code, word)
        cause = cause_of_end(self.replica, code, word)
        if cause is not None and said.oom and code == -signal.SIGKILL:
            cause = self._out_of_memory(said.memory_peak)
        elif cause is not None and cause.reason == "killed" and code in BY_SIGNAL:
            cause = (pod and cause_of_departure(pod, self.replica)) or cause
        elif cause is not None and cause.reason == "disk-full":
            cause = self._disk_full(cause)
        elif cause is None and self.leads:
            cause = self._not_carried(receiver, why)
        return Outcome(code, cause, said.at, said.memory_peak)

    def seen(self, pod: Pod) -> Outcome:
        """Conclude from the end of its pod: the carrier left no word."""
        cause = cause_of_pod_end(pod, self.replica)
        if cause is None and self.leads:  # what it left would have come before that word
            cause = Cause("results-lost", self._details())
        return Outcome(exit_code_of(pod), cause)

    def gone(self, pod: Pod | None, why: Cause | None) -> Outcome:
        """Conclude from there being no pod; ``pod`` as it was last seen, ``why`` if it never was.

        So, too, when it should have been gone long ago.
        """
        if pod is None:
            return Outcome(cause=why or Cause("vanished", self._details()))
        lost = Cause("node-lost", self._details()) if is_lost(pod) else None
        found = cause_of_departure(pod, self.replica)
        if lost is not None and (found is None or found.reason == "pod-deleted"):
            found = lost
        return Outcome(cause=found or Cause("vanished", self._details()))

    def damaged(self, why: str) -> Outcome:
        """Conclude from a record into which nothing more can be received."""
        return Outcome(cause=Cause("record-damaged", {**self._details(), "why": why}))

    def _out_of_memory(self, peak: int | None) -> Cause:
        used = max(peak or 0, self.limit)
        return Cause("out-of-memory", {**self._details(), "used": used, "limit": self.limit})

    def _disk_full(self, told: Cause) -> Cause:
        """Say which disk: a path in a pod tells nobody, and no disk of this machine is full."""
        path = str(told.details.get("path", ""))
        if self.volume is not None and PurePosixPath(path).is_relative_to(copies.VOLUME):
            return Cause("disk-full", {**told.details, "where": "volume", "volume": self.volume})
        return Cause("disk-full", {**told.details, "where": "pod"})

    def _not_carried(self, receiver: Receiver, why: str) -> Cause | None:
        """A model that did not arrive whole is none: say so, and do not call it a success."""
        missing = [path for path in receiver.missing if path.startswith(_MODEL)]
        details = self._details()
        if missing:
            details["size"] = sum(receiver.missing[path] for path in missing)
        if self.volume is not None:
            details["kept"] = "volume"
            details["why"] = why or receiver.uncopied or _TOO_LARGE
        # Of a file whose announcement was lost nobody knows whether it was the model's.
        unknown = receiver.lost_files > 0 and self.directory.model.exists()
        return Cause("model-not-carried", details) if missing or unknown else None

    def _details(self) -> dict[str, str | int | float]:
        return {"replica": str(self.replica)}
