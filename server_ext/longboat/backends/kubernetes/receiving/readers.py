"""The pods that print segments of copies: made one after the other, read, deleted."""

from __future__ import annotations

import contextlib
import threading
import time

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import PODS
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.pods import (
    Pod,
    has_ended,
    has_failed,
    has_started,
    name_of,
)
from longboat.backends.kubernetes.objects.render import Manifest, owned_by
from longboat.backends.kubernetes.objects.render_reader import reader
from longboat.backends.kubernetes.receiving.segments import Absent, Segment, read_segment
from longboat.backends.kubernetes.sending import job_kind
from longboat.errors import Conflict, LongboatError, NotFound, Unavailable
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import Replica

PATIENCE_SECONDS = 180.0
"""How long such a pod may find no node, or not begin for another reason."""
LOOK_SECONDS = 0.25
LOG_SECONDS = 30.0
"""How long the node of one that has ended well may not give what it has printed."""
_TRIES = 4
"""How many in a row may come to nothing."""
_AT_ONCE = 4
"""How many there are of an attempt."""


class GaveUp(Exception):
    """The copy cannot be had; says why."""


class NoOwner(LongboatError):
    """There is no job that a pod could belong to."""


class Readers:
    """Those of one attempt."""

    def __init__(
        self, ref: AttemptRef, facts: ClusterFacts, access: Access, config: ClusterConfig
    ) -> None:
        self._ref = ref
        self._facts = facts
        self._access = access
        self._config = config
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def segment(self, replica: Replica, pod: str, start: int, closed: threading.Event) -> Segment:
        """Give what the copy of a pod has from ``start`` on; ``pod`` is its UID, or empty.

        Raises GaveUp; Refused and NoOwner, which an API server that has just begun says also of
        what it does not know yet; and Unavailable, when the cluster cannot be asked or ``closed``
        is set: what was begun is then found by the next call.
        """
        with self._places:
            for number in range(_TRIES):
                manifest = reader(self._ref, self._facts, self._config, replica, pod, start, number)
                found = self._try(manifest, start, closed)
                if isinstance(found, Segment):
                    return found
        raise GaveUp(found)

    def _try(self, manifest: Manifest, start: int, closed: threading.Event) -> Segment | str:
        """Have one pod print it; why not, when it did not."""
        name = manifest["metadata"]["name"]
        self._make(manifest)
        ended = self._wait(name, closed)
        if ended is None:
            return "the pod that reads it was deleted"
        found = self._read(ended, start, closed)
        self._access.delete(PODS, name)
        return found or _why(ended)

    def _read(self, pod: Pod, start: int, closed: threading.Event) -> Segment | None:
        """Read what a pod has printed; None when that is not a segment, or cannot be had."""
        until = time.monotonic() + (0.0 if has_failed(pod) else LOG_SECONDS)
        while True:
            try:
                lines = self._access.log_lines(name_of(pod), follow=False)
                return read_segment([line for _, line in lines], start)
            except Absent as error:
                self._access.delete(PODS, name_of(pod))
                raise GaveUp(str(error)) from None
            except NotFound:
                return None
            except Unavailable:
                # Where nobody can be asked this raises as well, and nobody has refused.
                self._access.get(PODS, name_of(pod))
            if time.monotonic() >= until:
                return None
            _pause(closed)

    def _make(self, manifest: Manifest) -> None:
        """Create the pod, or find the one that somebody has created who is gone."""
        owner = self._access.get(job_kind(self._facts.engine), self._facts.name)
        if owner is None:
            raise NoOwner("the job is not on the cluster any more")
        with contextlib.suppress(Conflict):
            self._access.create(PODS, owned_by(manifest, owner))

    def _wait(self, name: str, closed: threading.Event) -> Pod | None:
        """Wait for the end of a pod; None when it is gone."""
        waits, last = 0.0, time.monotonic()
        while True:
            pod = self._access.get(PODS, name)
            if pod is None or has_ended(pod):
                return pod
            now = time.monotonic()
            waits, last = waits + (0.0 if has_started(pod) else now - last), now
            if waits >= PATIENCE_SECONDS:
                self._access.delete(PODS, name_of(pod))
                raise GaveUp("the pod that reads it does not begin")
            _pause(closed)


def _pause(closed: threading.Event) -> None:
    if closed.wait(LOOK_SECONDS):
        raise Unavailable("Nobody waits for it any more.")


def _why(pod: Pod) -> str:
    status = pod.get("status", {})
    told = status.get("message") or status.get("reason") or "no reason given"
    return f"the pod that reads it came to nothing: {told}"
