"""Jobs as TrainJobs or TFJobs of a Kubernetes cluster."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Launch, ModelNote, Observation
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.facts import ClusterFacts, write_facts
from longboat.backends.kubernetes.pausing import Pause
from longboat.backends.kubernetes.post import Post
from longboat.backends.kubernetes.recalling import LIVE, facts_of, observation_of
from longboat.backends.kubernetes.starting import NotWritten, Starter
from longboat.backends.tidy import remove_temporaries
from longboat.errors import Broken, Problem, Unavailable
from longboat.explain.cause import Cause
from longboat.records.layout import Home
from longboat.spec.capacity import Machine
from longboat.spec.cluster import ClusterConfig, Engine
from longboat.spec.job import JobSpec

if TYPE_CHECKING:
    from longboat.backends.kubernetes.api.access import Access

_LOOK_SECONDS = 60.0
"""Between two looks for what was left on the cluster."""


class KubernetesBackend:
    """Sends attempts to one cluster; what happens there a courier brings into the run directory."""

    def __init__(self, home: Home, config: ClusterConfig) -> None:
        self.name = config.name
        self._config = config
        self._post = Post(home, config.name)
        self._erasures = ErasureNotes(home, config.name)
        self._starter = Starter(self._post, config, self._access_to)
        self._starts = Pause()
        self._silence = ""
        """Why the cluster could not be asked when an attempt was last to be started."""
        self._cleaning: dict[AttemptRef, Pause] = {}
        self._look_at = 0.0

    @cached_property
    def _access(self) -> Access:
        from longboat.backends.kubernetes.api.access import Access

        return Access(self._config)

    def _access_to(self, namespace: str | None) -> Access:
        """The same, to a namespace in which an attempt was before the configuration changed."""
        if namespace is None or namespace == self._access.namespace:
            return self._access
        from longboat.backends.kubernetes.api.access import Access

        return Access(replace(self._config, namespace=namespace))

    @property
    def _engine(self) -> Engine:
        """What runs jobs there. Raises Unavailable when nothing does, or nobody can be asked."""
        if self._config.engine is not None:
            return self._config.engine
        from longboat.backends.kubernetes.api.kinds import TF_JOBS, TRAIN_JOBS

        offers = self._access.offers()
        if TRAIN_JOBS in offers:
            return "trainjob"
        if TF_JOBS in offers:
            return "tfjob"
        raise Unavailable(
            f"The cluster {self.name} has neither Kubeflow Trainer (TrainJob) nor the training "
            "operator (TFJob); ask its administrator to install Kubeflow Trainer 2."
        )

    def machine(self) -> Machine | None:
        """None: there are many."""
        return None

    def check(self, spec: JobSpec) -> list[Problem]:
        """Tell what can never work: no image, more than any node has, an interpreter of here.

        Raises Unavailable when the cluster cannot be asked.
        """
        from longboat.backends.kubernetes.checking import check

        return check(spec, self._config, self._access, self._engine)

    def preview(self, launch: Launch) -> list[dict[str, Any]]:
        """Render what would be created: nothing suspended, Secrets without their contents.

        Raises TooLarge, Unavailable.
        """
        from longboat.backends.kubernetes.objects.preview import manifests

        return manifests(launch, self._config, self._engine, self._access.namespace)

    def start(self, launch: Launch) -> Cause | None:
        """Send the attempt; None once the API server has accepted it.

        What the server refuses for good becomes the attempt's failure. While it cannot be asked the
        attempt waits, and it is asked seldom: whoever calls has others to look after. Raises
        Unavailable when this machine is what keeps it from being started.
        """
        if self._starts.over:
            try:
                under_way = self._starter.start(launch, lambda: self._engine)
            except NotWritten:
                raise
            except Unavailable as error:
                self._starts.failed()
                self._silence = str(error)
            else:
                self._starts.succeeded()
                if under_way is None:
                    self._call()
                return under_way
        return Cause("waiting-cluster", {"cluster": self.name, "why": self._silence})

    def observe(self, refs: Sequence[AttemptRef]) -> Mapping[AttemptRef, Observation]:
        """Look at many attempts in one call; every ref is in the answer.

        What is seen is what the courier has written; one is started where it is missing.
        """
        seen = {ref: observation_of(self._post, ref) for ref in refs}
        if any(each.phase in LIVE for each in seen.values()) or self._anything_left():
            with contextlib.suppress(OSError):  # the next look tries again
                self._post.revive()
        if not self._post.failing:
            return seen
        cause = Cause("courier-failing", {"cluster": self.name, "log": str(self._post.courier_log)})
        return {
            ref: replace(each, cause=cause) if each.phase in LIVE else each
            for ref, each in seen.items()
        }

    def _anything_left(self) -> bool:
        """Whether there is something to remove of which no record is left; looked up seldom."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + _LOOK_SECONDS
        try:
            noted = any(not self._post.attempt(ref).cluster.exists() for ref in self._post.noted())
            return noted or any(self._erasures.jobs())
        except OSError:
            return False

    def stop(self, ref: AttemptRef) -> None:
        """Ask the attempt to end; replicas get SIGTERM, then five seconds. Idempotent.

        Raises Unavailable when the request cannot be written down.
        """
        facts = facts_of(self._post, ref)
        if facts is not None and facts.live:
            self._post.ask_to_end(ref)
            self._call()

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        """Note the model in a ConfigMap. Raises Unavailable, Refused when that is not allowed."""
        from longboat.backends.kubernetes.registry import publish

        facts = facts_of(self._post, ref)
        if facts is not None and facts.cluster == self._access.identity:
            publish(self._access_to(facts.namespace), ref, note)

    def clean(self, ref: AttemptRef) -> None:
        """Delete what is on the cluster of an ended attempt. Idempotent. Raises Unavailable.

        One of which this does not succeed is tried again seldom, and holds up no other.
        """
        pause = self._cleaning.setdefault(ref, Pause())
        if not pause.over:
            raise Unavailable(f"What job {ref.job} has on {self.name} is deleted later.")
        try:
            self._clean(ref)
        except Unavailable:
            pause.failed()
            raise
        del self._cleaning[ref]

    def _clean(self, ref: AttemptRef) -> None:
        from longboat.backends.kubernetes import sending
        from longboat.backends.kubernetes.api.access import Refused

        self._starter.forget(ref)
        facts = facts_of(self._post, ref)
        try:
            # Of a record that is damaged the note is left.
            sent = self._post.sent(ref) if facts is None else facts.sent
            if sent is not None and not (facts is not None and facts.cleaned):
                access = self._access_to(sent.namespace)
                sending.delete(access, sent.engine, sent.name, sent.secrets)
            if facts is not None:
                self._tidy(ref, facts)
            self._post.forget(ref)
        except (Refused, Broken, OSError) as error:
            message = f"What job {ref.job} has on {self.name} cannot be deleted now: {error}"
            raise Unavailable(message) from error

    def erase(self, job: str) -> None:
        """Have its folder on a shared volume removed; see the courier. Raises Unavailable."""
        if self._erasures.note(job):
            self._call()

    def _tidy(self, ref: AttemptRef, facts: ClusterFacts) -> None:
        """Remove what only whoever still sends or receives needs."""
        attempt = self._post.attempt(ref)
        if not facts.accepted:
            self._erasures.note(ref.job)  # its code may have come to the volume
            attempt.cluster.unlink(missing_ok=True)
        elif not facts.cleaned:
            for each in facts.replicas:
                remove_temporaries(attempt.replica(each.replica).path)
            remove_temporaries(attempt.path)
            write_facts(attempt.cluster, replace(facts, cleaned=True))

    def _call(self) -> None:
        with contextlib.suppress(OSError):  # the next look at the attempt starts one
            self._post.call()
