"""How an attempt comes to a cluster: written down first, then sent, then written down as sent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Launch
from longboat.backends.kubernetes.facts import ClusterFacts, read_facts, write_facts
from longboat.backends.kubernetes.objects.naming import object_name
from longboat.backends.kubernetes.objects.render_pod import claim
from longboat.backends.kubernetes.post import Post
from longboat.errors import Broken, Conflict, NotFound, TooLarge, Unavailable
from longboat.explain.cause import Cause
from longboat.records.status import ReplicaStatus
from longboat.spec.cluster import ClusterConfig, Engine
from longboat.system.files import sync_directory

if TYPE_CHECKING:
    from longboat.backends.kubernetes.api.access import Access
    from longboat.backends.kubernetes.luggage import Luggage
    from longboat.backends.kubernetes.objects.render import Rendered
    from longboat.backends.kubernetes.provisions import Provisions

_START_SECONDS = 30.0
"""How long another process of this home may take with a start on the same cluster."""


class Preparation(NamedTuple):
    """An attempt of which something must be on its volume first."""

    rendered: Rendered
    provided: bool = False
    """What it requires is on the volume."""


class NotWritten(Unavailable):
    """It is this machine, not the cluster, that keeps an attempt from being started now."""


class Starter:
    """Sends attempts; done again after a crash, it completes what was begun."""

    def __init__(
        self, post: Post, config: ClusterConfig, access: Callable[[str | None], Access]
    ) -> None:
        """``access`` gives that to a namespace, by default the configured one."""
        self._post = post
        self._config = config
        self._access = access
        self._ready: dict[AttemptRef, Preparation] = {}
        """What waits for something to be on its volume: packing takes a second."""

    def start(self, launch: Launch, engine: Callable[[], Engine]) -> Cause | None:
        """Return None once the API server has all of it, or has refused it for good.

        Else say what is under way, and has to be asked for again. ``engine`` tells what will run
        it. Raises Unavailable; what is there then does not run.
        """
        attempt = self._post.attempt(launch.ref)
        with self._post.starting.hold(_START_SECONDS):
            facts = read_facts(attempt.cluster)
            if facts is None:
                facts = self._first_facts(launch, engine())
            if facts.accepted:
                return None
            found = self._sent(launch, facts)
            if isinstance(found, Cause):
                return found
            self._write(launch.ref, found)
        self.forget(launch.ref)
        return None

    @cached_property
    def _provisions(self) -> Provisions:
        from longboat.backends.kubernetes.provisions import Provisions

        return Provisions(self._config)

    @cached_property
    def _luggage(self) -> Luggage:
        from longboat.backends.kubernetes.luggage import Luggage

        return Luggage(self._config)

    def forget(self, ref: AttemptRef) -> None:
        """It is not to be started, or has been."""
        if self._ready.pop(ref, None) is not None:
            self._luggage.forget(ref)
            self._provisions.forget(ref)

    def _first_facts(self, launch: Launch, engine: Engine) -> ClusterFacts:
        """Write down what the objects will be called before there is one."""
        access, attempt = self._access(None), self._post.attempt(launch.ref)
        facts = ClusterFacts(
            name=object_name(launch.spec, launch.ref),
            engine=engine,
            nonce=secrets.token_hex(8),
            memory=launch.spec.resources.memory,
            cluster=access.identity,
            namespace=access.namespace,
            rehearsal=launch.spec.rehearse,
            queued=self._config.queue is not None,
            replicas=tuple(
                ReplicaStatus(each.role, each.index, "pending") for each in launch.spec.replicas
            ),
        )
        try:
            for replica in launch.spec.replicas:
                attempt.replica(replica).path.mkdir(parents=True, exist_ok=True)
            write_facts(attempt.cluster, facts)
            for folder in (attempt.path.parent, launch.run_directory):
                sync_directory(folder)
        except OSError as error:
            raise _not_written(launch.ref, error) from error
        return facts

    def _sent(self, launch: Launch, facts: ClusterFacts) -> ClusterFacts | Cause:
        """Send it; give what is so then, or what is to come before."""
        from longboat.backends.kubernetes.api.access import Refused
        from longboat.backends.kubernetes.diagnosis.causes import cause_of_refusal
        from longboat.backends.kubernetes.luggage import NotBrought
        from longboat.backends.kubernetes.provisions import NotProvided
        from longboat.backends.kubernetes.sending import send
        from longboat.environments.building import why

        prepared = self._ready.get(launch.ref)
        rendered = prepared.rendered if prepared else self._rendered(launch, facts)
        if isinstance(rendered, Cause):
            return _failed(facts, rendered)
        facts = self._noted(launch, facts, rendered)
        access = self._access(facts.namespace)
        try:
            if cause := self._still_to_come(launch, facts, rendered):
                return cause
            send(access, facts.engine, rendered, queued=facts.queued)
        except Refused as error:
            cause = cause_of_refusal(error.status, error.reason, error.message, error.details)
            return _failed(facts, cause)
        except Conflict as error:
            return _failed(facts, cause_of_refusal(409, "AlreadyExists", str(error), {}))
        except TooLarge as error:
            return _failed(facts, Cause("too-large-to-send", {"error": str(error)}))
        except NotBrought as error:
            told = {"volume": facts.volume or "", "error": str(error)}
            return _failed(facts, Cause("code-not-brought", {**told}))
        except NotProvided as error:
            return _failed(facts, Cause("environment-not-built", {"error": why(str(error))}))
        return replace(facts, accepted=True)

    def _still_to_come(
        self, launch: Launch, facts: ClusterFacts, rendered: Rendered
    ) -> Cause | None:
        """Have on the volume what must be there first; say what is not, None once all is."""
        if rendered.code is None and not launch.spec.requirements:
            return None
        preparation = self._ready.setdefault(launch.ref, Preparation(rendered))
        if launch.spec.requirements and not preparation.provided:
            access = self._access(facts.namespace)
            if not self._provisions.provide(access, launch, facts):
                return Cause("building-environment", {"volume": facts.volume or ""})
            self._ready[launch.ref] = preparation._replace(provided=True)
        return None if rendered.code is None else self._bring(launch, facts, rendered.code)

    def _bring(self, launch: Launch, facts: ClusterFacts, code: bytes) -> Cause | None:
        """Have the code come to the volume; None once it is there."""
        access, zipapp = self._access(facts.namespace), launch.guest.read_bytes()
        there = self._luggage.bring(access, launch.ref, facts, zipapp, code)
        if there >= len(code):
            return None
        return Cause(
            "bringing-code", {"volume": facts.volume or "", "done": there, "size": len(code)}
        )

    def _rendered(self, launch: Launch, facts: ClusterFacts) -> Rendered | Cause:
        """Render the objects, or say why that can never be done."""
        from longboat.backends.kubernetes.objects.render import render

        values = launch.secrets_file
        if values is not None and not values.exists():
            return Cause("secrets-missing")
        try:
            return render(launch, self._config, facts.engine, facts.namespace, facts.nonce)
        except NotFound:
            return Cause("snapshot-missing", {"snapshot": launch.snapshot})
        except TooLarge as error:
            return Cause("too-large-to-send", {"error": str(error)})
        except (Broken, FileNotFoundError) as error:
            replica = str(launch.spec.replicas[0])
            return Cause("start-failed", {"replica": replica, "error": str(error)})
        except OSError as error:
            raise _not_written(launch.ref, error) from error

    def _noted(self, launch: Launch, facts: ClusterFacts, rendered: Rendered) -> ClusterFacts:
        """Note what there will be before there is any of it: Secrets cannot be listed."""
        ref = launch.ref
        counted = replace(
            facts,
            secrets=max(facts.secrets, len(rendered.secrets)),
            volume=claim(launch.spec, self._config),
            image=launch.spec.image or self._config.image or "",
        )
        if counted != facts:
            self._write(ref, counted)
        try:
            self._post.note(ref, counted.sent)
        except OSError as error:
            raise _not_written(ref, error) from error
        return counted

    def _write(self, ref: AttemptRef, facts: ClusterFacts) -> None:
        try:
            write_facts(self._post.attempt(ref).cluster, facts)
        except OSError as error:
            raise _not_written(ref, error) from error


def _failed(facts: ClusterFacts, cause: Cause) -> ClusterFacts:
    """The attempt ended before anything of it ran."""
    return replace(facts, accepted=True, phase="failed", cause=cause, ended=time.time())


def _not_written(ref: AttemptRef, error: OSError) -> NotWritten:
    return NotWritten(f"Job {ref.job} cannot be started now: {error.strerror or error}.")
