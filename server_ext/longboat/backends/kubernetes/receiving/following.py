"""Reads the log of a replica's pod to its end, in a thread of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import PODS
from longboat.backends.kubernetes.api.log_lines import LogLines
from longboat.backends.kubernetes.objects.pods import Pod, has_ended, name_of, uid_of
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.errors import Broken, LongboatError, NotFound

log = logging.getLogger(__name__)

_SAVE_SECONDS = 0.05
"""Between two savings while output flows: what follows the log sees it so late at most."""
_AGAIN_SECONDS = 0.5
"""Before the log is asked for again after an answer broke off."""
_LONGEST_PAUSE = 4.0
"""The same, when it has failed again and again."""
PATIENCE_SECONDS = 30.0
"""How long the node of a pod that has ended may not give its log."""
_COMPLAIN_SECONDS = 60.0


class _Spoiled(OSError):
    """What was read could not be written, and must be read again."""


class Follower:
    """Feeds a receiver; survives answers that break off, and goes on where it was."""

    def __init__(
        self,
        access: Access,
        pod: Pod,
        receiver: Receiver,
        again: Callable[[], Receiver],
        wake: Callable[[], None],
    ) -> None:
        """Follow the pod's log; ``again`` makes a receiver that goes on from what was saved."""
        self._access = access
        self._pod = name_of(pod)
        self.uid = uid_of(pod)
        self._make = again
        self._wake = wake
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._lines: LogLines | None = None
        self._told = False
        self._spoiled = False
        self._saved_at = 0.0
        self._failures = 0
        self._quiet_until = 0.0
        self._unread_since: float | None = None
        self.receiver = receiver
        self.damage: Broken | None = None
        """Why nothing more can be received."""
        self.finished = False
        """All that there is has been read; set after everything else."""
        name = f"log of {self._pod}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def save(self) -> None:
        """Have what was read so far in the run directory; what cannot be is read again later."""
        with self._lock, contextlib.suppress(OSError):
            if not self._spoiled:
                self._save()

    def close(self) -> None:
        """Read no further."""
        self._closed.set()
        lines = self._lines
        if lines is not None:
            lines.close()

    def _run(self) -> None:
        ended = False
        while not self._closed.is_set():
            try:
                self._read(ended)
                self._failures, self._unread_since = 0, None
                if ended or self.receiver.end is not None:
                    break
                ended = self._pod_has_ended()
                if ended:
                    continue  # what it wrote before that is there now
            except NotFound:
                self._lose("the pod is gone")
                break
            except Broken as error:
                self.damage = error
                break
            except Exception as error:  # whatever it is: a log must not stop unseen
                self._complain(error)
                if isinstance(error, LongboatError) and self._is_out_of_reach():
                    self._lose("its node does not give it")
                    break
            self._pause()
        self.finished = True
        self._wake()

    def _read(self, last: bool) -> None:
        """Take in what there is until the answer ends; ``last``: nothing will be added."""
        with self._lock:
            self.receiver = self._make()
            self._spoiled = False
        self._lines = lines = self._access.log_lines(self._pod, since_ns=self.receiver.resume_at)
        if self._closed.is_set():  # by somebody who did not see these lines yet
            lines.close()
        for at, line in lines:
            if not (last or line.endswith(b"\n")):
                break  # the answer broke off: the whole line comes with the next one
            self._take(at, line)
            if self._closed.is_set():
                return
        with self._lock:
            self._save()

    def _take(self, at: int, line: bytes) -> None:
        """Take a line, save once in a while, and wake the courier when there is news."""
        now = time.monotonic()
        with self._lock:
            if self._spoiled:
                raise _Spoiled
            try:
                self.receiver.take(at, line)
            except OSError:
                self._spoiled = True
                raise
            news = self.receiver.began and not self._told
            if news or now - self._saved_at >= _SAVE_SECONDS:
                self._saved_at = now
                self._save()
        if news:
            self._told = True
            self._wake()

    def _save(self) -> None:
        """Write what was taken; a receiver that could not is no use any more."""
        try:
            self.receiver.save()
        except OSError:
            self._spoiled = True
            raise

    def _pod_has_ended(self) -> bool:
        """Whether the pod will write no more; what it wrote before is then read once more.

        Raises NotFound when the pod is gone, and when another has taken its place.
        """
        pod = self._access.get(PODS, self._pod)
        if pod is None or uid_of(pod) != self.uid:
            raise NotFound(f"The pod {self._pod} is gone; submit the job again.")
        return has_ended(pod)

    def _is_out_of_reach(self) -> bool:
        """Whether the pod has ended, and its node has not given the rest of its log for long."""
        try:
            if not self._pod_has_ended():
                return False
        except NotFound:
            return True
        except LongboatError:  # nobody can be asked, so nobody has refused
            self._unread_since = None
            return False
        now = time.monotonic()
        self._unread_since = self._unread_since or now
        return now - self._unread_since >= PATIENCE_SECONDS

    def _lose(self, why: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            if not self._spoiled:
                self.receiver.lose(why)
                self._save()

    def _complain(self, error: Exception) -> None:
        self._failures += 1
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + _COMPLAIN_SECONDS
            bug = None if isinstance(error, LongboatError | OSError) else error
            log.warning("The log of %s: %s", self._pod, error, exc_info=bug)

    def _pause(self) -> None:
        self._closed.wait(min(_LONGEST_PAUSE, _AGAIN_SECONDS * max(1, self._failures)))
