"""One live attempt as the courier sees it: what its pods say becomes facts, decisions, an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes import sending
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import PODS
from longboat.backends.kubernetes.courier import telling
from longboat.backends.kubernetes.courier.crew import Crew, Pods
from longboat.backends.kubernetes.courier.gang import Gang
from longboat.backends.kubernetes.courier.outlook import View
from longboat.backends.kubernetes.courier.steering import Steering
from longboat.backends.kubernetes.courier.surroundings import Surroundings
from longboat.backends.kubernetes.facts import ClusterFacts, write_facts
from longboat.backends.kubernetes.objects.job_object import failure_of, is_suspended
from longboat.backends.kubernetes.objects.naming import ATTEMPT, JOB, replica_of
from longboat.backends.kubernetes.objects.pods import by_attempt, has_ended, is_lost, uid_of
from longboat.backends.kubernetes.receiving.readers import Readers
from longboat.backends.verdict import Ending, Request, Scene, decide
from longboat.explain.cause import Cause
from longboat.records.layout import AttemptDirectory
from longboat.spec.cluster import ClusterConfig

_PATIENCE_SECONDS = 3.0
"""How long pods usually take to appear and to begin."""


class Attempt:
    """Holds nothing that a successor could not find again."""

    def __init__(
        self,
        ref: AttemptRef,
        directory: AttemptDirectory,
        facts: ClusterFacts,
        access: Access,
        config: ClusterConfig,
        surroundings: Surroundings,
        wake: Callable[[], None],
    ) -> None:
        """Go on from what is known. Raises OSError."""
        self.ref = ref
        self.facts = facts
        self._surroundings = surroundings
        self._admitted_at = time.monotonic()
        self._directory = directory
        self._access = access
        self._wake = wake
        kept = facts.volume is not None
        self._readers = Readers(ref, facts, access, config) if kept else None
        self._steering = Steering(access)
        self._gang = Gang(len(facts.replicas))
        self._crew = self._fresh_crew()
        if facts.suspended:  # the courier that wrote this is gone
            self._gang.pause()

    def _fresh_crew(self) -> Crew:
        return Crew(self._directory, self.facts, self._access, self._readers, self._wake)

    @property
    def recorded(self) -> bool:
        """Whether its record is there: somebody may have removed the run directory."""
        return self._directory.cluster.exists()

    def step(self, view: View) -> bool:
        """Take in what is there now, and do what follows; True when facts were written.

        Raises Unavailable, Refused, OSError: nothing is lost, the next step does it again.
        """
        before = self.facts
        self._note_request(view)
        if not self._makes_room(view):
            self._go_on(view)
        return self.facts is not before

    def hindered(self, cause: Cause) -> bool:
        """Write down why no step can be made; True when that is news. Raises OSError."""
        before = self.facts
        self._write(replace(self.facts, cause=cause))
        return self.facts is not before

    def close(self) -> None:
        """Follow nothing any more."""
        self._crew.close()

    def _scene(self) -> Scene:
        crew, facts = self._crew, self.facts
        return Scene(crew.replicas, crew.ends, facts.request, time.time(), facts.rehearsal)

    def _go_on(self, view: View) -> None:
        self._steer(view)
        request = self.facts.request
        if request is not None and request.ending == "stopped":
            self._crew.give_up_fetching(request.at)
        self._crew.look(view.pods, fresh=view.fresh, over=self._over(view))
        scene = self._scene()
        decision = decide(scene)
        if decision.verdict is not None and self._nothing_runs():
            verdict = self._surroundings.explained(decision.verdict)
            self._write(telling.final(self.facts, self._crew, verdict))
            self.close()
            return
        # The cluster ends all pods of a job or none: as long as one may go on, all do. After the
        # verdict none may, whatever it is that still runs.
        if decision.verdict or (decision.stop and set(decision.stop) >= set(scene.running)):
            self._end_pods(view)
        obstacle = self._obstacle(view)
        self._write(telling.live(self.facts, self._crew, obstacle, view.trouble))

    # --- what ends it

    def _note_request(self, view: View) -> None:
        """Write down why it is to end before anything is ended for that."""
        if self.facts.request is not None or self.facts.told_to_end is not None:
            return
        found = self._request(view)
        if found is not None:
            now = time.time()
            told = now if self.facts.suspended else None
            self._write(replace(self.facts, request=Request(now, *found), told_to_end=told))
            self._crew.ask(told)

    def _request(self, view: View) -> tuple[Ending, Cause] | None:
        if self._directory.stop.exists():
            return "stopped", Cause("stopped-by-user")
        if view.fresh and view.job is None and self._is_gone():
            return "stopped", Cause("stopped-from-outside")
        if view.fresh and self.facts.started is not None and is_suspended(view.job):
            return "failed", Cause("suspended-from-outside")
        trouble = self._crew.trouble(self._surroundings)
        return ("failed", trouble.cause) if trouble is not None and trouble.hopeless else None

    def _is_gone(self) -> bool:
        """Whether somebody has deleted the job; a watch may not yet know that there is one."""
        kind = sending.job_kind(self.facts.engine)
        return self._access.get(kind, self.facts.name) is None

    def _over(self, view: View) -> Cause | None:
        """Why no pods will be made any more; None while they may be."""
        if self.facts.told_to_end is not None:
            return Cause("vanished")
        why = failure_of(view.job)
        if why is None or self._may_have_others(view.pods):
            return None
        return Cause("given-up", {"why": why})

    def _may_have_others(self, pods: Pods) -> bool:
        """Whether there are pods of which the watch has not told yet: two do not tell in order."""
        if len(pods) == len(self.facts.replicas):
            return False
        return len(by_attempt(self._list()).get(self.ref, {})) > len(pods)

    def _end_pods(self, view: View) -> None:
        """Have the cluster end every pod that is left: SIGTERM, then a grace, then SIGKILL."""
        if self.facts.told_to_end is None:
            self._write(replace(self._crew.written(self.facts), told_to_end=time.time()))
        self._crew.ask(self.facts.told_to_end)
        self._steer(view)

    def _steer(self, view: View) -> None:
        began = self.facts.started is not None or self._crew.any_began
        self._steering.steer(self.facts, view.job, began=began, runs=self._crew.any_runs)

    def _nothing_runs(self) -> bool:
        """Ask the cluster itself: what a watch has not told yet counts as well.

        A carrier's last word is that nothing of its pod is left but itself; the kubelet needs a
        second or two to say the same.
        """
        told = self._crew.told
        pods = (pod for pod in self._list() if replica_of(pod["metadata"]["labels"]) is not None)
        return all(has_ended(pod) or is_lost(pod) or uid_of(pod) in told for pod in pods)

    def _list(self) -> list[dict[str, Any]]:
        selector = f"{JOB}={self.ref.job},{ATTEMPT}={self.ref.attempt}"
        return self._access.list(PODS, labels=selector).items

    # --- all or none

    def _makes_room(self, view: View) -> bool:
        """Give back what some replicas hold while there is no room for all; True while it waits."""
        facts = self.facts
        if facts.request is not None or facts.started is not None or facts.queued:
            return False
        if not facts.suspended:
            if not (view.fresh and self._gang.should_let_go(list(view.pods.values()))):
                return False
            self.close()
            self._gang.pause()
            self._write(replace(facts, suspended=True))
        self._steer(view)
        if self._gang.pause_is_over and self._nothing_runs():
            self._try_again()
        return True

    def _try_again(self) -> None:
        """Ask for all places once more, as if for the first time."""
        self._crew.forget()
        self._write(replace(self.facts, suspended=False, pods={}, ends=(), fetches={}))
        self._crew = self._fresh_crew()
        self._gang.resume()

    # --- what is so

    def _obstacle(self, view: View) -> Cause | None:
        """What keeps it from beginning."""
        if self.facts.queued and is_suspended(view.job):
            return Cause("waiting-queue")
        found = self._crew.trouble(self._surroundings)
        if found is not None:
            return found.cause
        if not self._crew.any_waits or not self._should_have_begun:
            return None
        return self._surroundings.obstacle(self.facts.name)

    @property
    def _should_have_begun(self) -> bool:
        """Whether it has been so long that there may be events to tell why not."""
        return time.monotonic() - self._admitted_at >= _PATIENCE_SECONDS

    def _write(self, facts: ClusterFacts) -> None:
        """Write them if they are news. Raises OSError."""
        if facts != self.facts:
            write_facts(self._directory.cluster, facts)
            self.facts = facts
