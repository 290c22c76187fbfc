"""Carries what happens on a cluster into the run directories: one process per home and cluster.

It is to attempts on a cluster what a supervisor is to those on this machine. It holds a kernel
lock while it lives and leaves a while after nothing is under way; kill it at any moment, and the
next look of the steward starts another, which goes on where this one was. All it knows is on the
cluster and in the run directories.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import select
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from longboat import summoning
from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes import sending
from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.courier.attempt import Attempt
from longboat.backends.kubernetes.courier.erasing import Erasing
from longboat.backends.kubernetes.courier.outlook import PATIENCE_SECONDS, Outlook, cause_of_silence
from longboat.backends.kubernetes.courier.renewal import Renewal, configuration
from longboat.backends.kubernetes.facts import read_facts
from longboat.backends.kubernetes.post import Post
from longboat.errors import LongboatError
from longboat.records.layout import Home
from longboat.spec.cluster import ClusterConfig
from longboat.system.wake import ring

log = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between looks while something is under way."""
LINGER = 5.0
"""Seconds to stay with nothing to do."""
_COMPLAIN_SECONDS = 60.0
_SWEEP_SECONDS = 2.0
"""Before it is tried again to delete what nobody asks for any more."""


class Courier:
    """All attempts of one home that are under way on one cluster."""

    def __init__(self, post: Post, config: ClusterConfig) -> None:
        self._post = post
        self._config = config
        self._renewal = Renewal(post.home, config)
        self._outlooks: dict[str, Outlook] = {}
        self._attempts: dict[AttemptRef, Attempt] = {}
        self._failing_since: dict[AttemptRef, float] = {}
        self._quiet_until: dict[AttemptRef, float] = {}
        self._sweep_at = 0.0
        self._erasing = Erasing(post.home, config)

    def serve(self) -> bool:
        """Look, carry and decide until nothing has been under way for LINGER seconds.

        True when another is to go on: with a new program, or a new configuration.
        """
        idle_since = time.monotonic()
        try:
            with self._post.bell() as bell:
                while time.monotonic() - idle_since < LINGER:
                    if self._renewal.due:
                        return True
                    self.step()
                    if self._attempts or self._erasing.busy:
                        idle_since = time.monotonic()
                    if select.select([bell], [], [], INTERVAL)[0]:
                        bell.drain()
        finally:
            self.close()
        return False

    def step(self) -> None:
        """Look once at everything that is under way."""
        self._discover()
        for outlook in self._outlooks.values():
            outlook.look()
        for ref, attempt in list(self._attempts.items()):
            self._step_attempt(ref, attempt)
        self._erasing.step({ref.job for ref in self._noted()})

    def close(self) -> None:
        """Follow and watch nothing any more."""
        for attempt in self._attempts.values():
            attempt.close()
        for outlook in self._outlooks.values():
            outlook.close()

    def _step_attempt(self, ref: AttemptRef, attempt: Attempt) -> None:
        """One that cannot be moved must not hold up the others; it is tried again."""
        try:
            changed = self._move(ref, attempt)
        except Exception as error:
            self._complain(ref, error)
            return
        if changed:
            ring(self._post.home.local)
        if attempt.facts.final:
            self._drop(ref)
            self._leave_a_steward(ref)

    def _move(self, ref: AttemptRef, attempt: Attempt) -> bool:
        if not attempt.recorded:  # the run directory was removed: the next look sweeps
            attempt.close()
            self._drop(ref)
            return False
        outlook = self._outlook(attempt.facts.namespace)
        try:
            changed = attempt.step(outlook.view(ref, attempt.facts))
        except LongboatError as error:
            self._complain(ref, error)
            return self._tell(ref, attempt, error)
        self._failing_since.pop(ref, None)
        return changed

    def _tell(self, ref: AttemptRef, attempt: Attempt, error: LongboatError) -> bool:
        """Have the job say what keeps it, unless it is over in a moment."""
        now = time.monotonic()
        since = self._failing_since.setdefault(ref, now)
        if not isinstance(error, Refused) and now - since < PATIENCE_SECONDS:
            return False
        return attempt.hindered(cause_of_silence(error, self._config.name))

    def _drop(self, ref: AttemptRef) -> None:
        for known in (self._attempts, self._failing_since, self._quiet_until):
            known.pop(ref, None)

    # --- what there is to do

    def _discover(self) -> None:
        """Find attempts that have been accepted since the last look."""
        for ref in self._noted():
            try:
                if ref not in self._attempts:
                    self._admit(ref)
            except (LongboatError, OSError) as error:
                self._complain(ref, error)

    def _noted(self) -> list[AttemptRef]:
        try:
            return list(self._post.noted())
        except OSError as error:
            log.warning("It cannot be known what is under way: %s", error)
            return []

    def _admit(self, ref: AttemptRef) -> None:
        directory = self._post.attempt(ref)
        facts = read_facts(directory.cluster)
        if facts is None:
            self._sweep(ref)
        elif facts.live:
            outlook = self._outlook(facts.namespace)
            self._attempts[ref] = Attempt(
                ref,
                directory,
                facts,
                outlook.access,
                self._config,
                outlook.surroundings,
                self._post.ring,
            )

    def _outlook(self, namespace: str) -> Outlook:
        if namespace not in self._outlooks:
            access = Access(replace(self._config, namespace=namespace or self._config.namespace))
            self._outlooks[namespace] = Outlook(access, self._post.ring)
        return self._outlooks[namespace]

    def _sweep(self, ref: AttemptRef) -> None:
        """Delete what an attempt has there of which there is no record any more."""
        now = time.monotonic()
        if now < self._sweep_at or not self._post.home.jobs.is_dir():
            return
        self._sweep_at = now + _SWEEP_SECONDS
        sent = self._post.sent(ref)
        if sent is not None:
            access = Access(replace(self._config, namespace=sent.namespace))
            sending.delete(access, sent.engine, sent.name, sent.secrets)
        self._post.forget(ref)
        self._sweep_at = now
        log.info("%s-%d is gone, and so is what it had on the cluster", *ref)

    def _leave_a_steward(self, ref: AttemptRef) -> None:
        """Somebody must read the final word, if there is a record to bring it to."""
        home = self._post.home
        if home.run(ref.job).job.exists():
            with contextlib.suppress(OSError):  # the next call of anybody starts one
                summoning.ensure(home)

    def _complain(self, ref: AttemptRef, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._quiet_until.get(ref, now):
            self._quiet_until[ref] = now + _COMPLAIN_SECONDS
            bug = None if isinstance(error, LongboatError | OSError) else error
            log.warning("%s-%d waits: %s", *ref, error, exc_info=bug)


def run(home: Home, name: str) -> None:
    """Be the courier of ``home`` for a cluster unless another is.

    After letting go of the lock it looks once more: an attempt accepted while it was leaving found
    the lock held.
    """
    post, config = Post(home, name), configuration(home, name)
    while config is not None:
        lock = post.lock
        if not lock.acquire():
            return
        try:
            renewed = Courier(post, config).serve()
        finally:
            lock.release()
        if renewed:
            post.call()
        if renewed or not _anything_to_do(post, config):
            return


def _anything_to_do(post: Post, config: ClusterConfig) -> bool:
    return any(_is_live(post, ref) for ref in post.noted()) or Erasing(post.home, config).busy


def _is_live(post: Post, ref: AttemptRef) -> bool:
    try:
        facts = read_facts(post.attempt(ref).cluster)
    except LongboatError:  # whoever looks next tries again
        return False
    return facts is not None and facts.live


def main() -> None:
    """Entry of ``python -m longboat.backends.kubernetes.courier HOME NAME``."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # A connection for every pod whose log is followed.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run(Home(Path(sys.argv[1])), sys.argv[2])
