"""One replica as the courier sees it: its pod, what its output told, and what became of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.courier.concluding import BY_SIGNAL, Ended, Outcome
from longboat.backends.kubernetes.diagnosis.causes import Trouble, trouble_of_pod
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.pods import Pod, has_ended, has_started, is_lost, uid_of
from longboat.backends.kubernetes.receiving.following import Follower
from longboat.backends.kubernetes.receiving.readers import Readers
from longboat.backends.kubernetes.receiving.rebuilding import complete_exchange, forget_rebuilding
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.backends.kubernetes.receiving.retrieval import Retrieval
from longboat.backends.verdict import End
from longboat.errors import Broken
from longboat.explain.cause import Cause
from longboat.records.layout import ReplicaDirectory
from longboat.records.status import ReplicaState, ReplicaStatus
from longboat.spec.job import Replica


class Member:
    """A replica of a live attempt."""

    def __init__(
        self,
        replica: Replica,
        directory: ReplicaDirectory,
        facts: ClusterFacts,
        access: Access,
        readers: Readers | None,
        wake: Callable[[], None],
    ) -> None:
        """Go on from what is known; ``readers`` where there is a volume. Raises OSError."""
        self.replica = replica
        self.directory = directory
        known = next(each for each in facts.replicas if each.replica == replica)
        self.exit_code, self.memory_peak = known.exit_code, known.memory_peak
        self.end = next((end for end in facts.ends if end.replica == replica), None)
        self.uid = facts.pods.get(str(replica))
        """Of the pod whose log is followed."""
        self.pod: Pod | None = None
        self.asked_at = facts.told_to_end
        """When it was told to end."""
        leads = facts.replicas[0].replica == replica
        self._ended = Ended(replica, directory, facts.memory, leads, facts.volume)
        self._access = access
        self._wake = wake
        self._retrieval = Retrieval(replica, directory, facts, readers, wake)
        self._outcome: Outcome | None = None
        """How it has ended, as far as is known without its copy."""
        self._receiver = partial(Receiver, directory, facts.nonce)
        self._follower: Follower | None = None
        self._last_seen: Pod | None = None
        self._earlier: Receiver | None = None
        """With what an earlier courier received."""
        self._appeared = self.uid is not None
        """It is known that there was a pod."""
        if self.end is None:
            self._recall()

    def _recall(self) -> None:
        complete_exchange(self.directory)
        try:
            self._earlier = self._receiver()
        except Broken as error:
            self._conclude(self._ended.damaged(str(error)))
            return
        self._appeared = self._appeared or self._earlier.resume_at is not None

    @property
    def _received(self) -> Receiver | None:
        return self._earlier if self._follower is None else self._follower.receiver

    @property
    def began(self) -> bool:
        """Whether the user's interpreter has been executed."""
        if self._received is None:
            return self.exit_code is not None
        return self._received.began

    @property
    def _is_over(self) -> bool:
        """Whether nothing of its pod is to be read any more."""
        return self.told or (self._received is not None and self._received.copied > 0)

    @property
    def told(self) -> bool:
        """Whether its carrier has said that all is over."""
        return self._received is not None and self._received.end is not None

    @property
    def waits(self) -> bool:
        """Whether its container has not been started."""
        return self.end is None and self._follower is None and self._outcome is None

    @property
    def may_run(self) -> bool:
        """Whether it is not known to have ended."""
        return self.end is None and self._outcome is None

    @property
    def fetching_since(self) -> float | None:
        """When it was found that not all had come from it; None if all had."""
        return self._retrieval.since

    @property
    def fetching(self) -> bool:
        """Whether its copy is being fetched."""
        return self.end is None and self._retrieval.busy

    def trouble(self, nodes: Callable[[], Sequence[Pod]]) -> Trouble | None:
        """Say why it does not begin, when its pod tells; ``nodes`` are asked for only then."""
        if self.pod is None or not self.waits:
            return None
        found = trouble_of_pod(self.pod, self.replica)
        return found and trouble_of_pod(self.pod, self.replica, nodes())

    @property
    def status(self) -> ReplicaStatus:
        """What is known of it."""
        return ReplicaStatus(
            self.replica.role, self.replica.index, self._state(), self.exit_code, self.memory_peak
        )

    def _state(self) -> ReplicaState:
        if self.end is None:
            return "running" if self.began else "pending"
        if self.end.asked:
            return "stopped"
        return "failed" if self.end.cause else "succeeded"

    def look(self, pod: Pod | None, *, fresh: bool, over: Cause | None) -> None:
        """Take in its pod as it is now; None when there is none.

        ``fresh``: what is seen is not older than a moment. ``over``: why no further pod will be
        made for it. Raises OSError.
        """
        if self.end is not None:
            return
        if self._outcome is None:
            self._outcome = self._found(pod, fresh, over)
            if self._outcome is None:
                return
        self._complete(self._outcome, over)

    def _found(self, pod: Pod | None, fresh: bool, over: Cause | None) -> Outcome | None:
        """How it has ended; None when nobody knows that it has."""
        self.pod = pod = self._ours(pod)
        if self.waits and not self._is_over and pod is not None and has_started(pod):
            self._follow(pod)
        if self._follower is None:
            return self._before_its_start(pod, fresh, over)
        return self._after_its_start(self._follower, pod)

    def _complete(self, outcome: Outcome, over: Cause | None) -> None:
        """Have from its copy what is missing, then conclude. Nobody else writes its folder then."""
        follower, there = self._follower, self._received
        if follower is not None and not follower.finished:
            return
        damaged = follower is not None and follower.damage is not None
        if there is not None and not damaged:
            if not self._retrieval.begun and self._may_have_run(over):
                self._retrieval.begin(self._pod_uid, there)
            if self._retrieval.busy:
                return
            if self._retrieval.begun:
                outcome = self._after_retrieval(outcome, there)
        self._conclude(outcome)

    def _after_retrieval(self, outcome: Outcome, there: Receiver) -> Outcome:
        """What its carrier has said counts, wherever that came from."""
        if self._retrieval.replaced:
            self._follower, self._earlier = None, self._receiver()
            there = self._earlier
        if there.end is None:
            return outcome
        return self._ended.told(there, self._last_seen, self._retrieval.why)

    @property
    def _pod_uid(self) -> str:
        """Of the pod that it was, as far as anybody knows."""
        return self.uid or (uid_of(self._last_seen) if self._last_seen is not None else "")

    def _may_have_run(self, over: Cause | None) -> bool:
        """Whether there may be something that it wrote."""
        if self.uid is not None or (self._received is not None and self._received.began):
            return True
        if self._last_seen is not None:
            return has_started(self._last_seen)
        return self._appeared or (over is not None and over.reason == "given-up")

    def _follow(self, pod: Pod) -> None:
        assert self._earlier is not None
        self.uid = uid_of(pod)
        self._follower = Follower(self._access, pod, self._earlier, self._receiver, self._wake)

    def _ours(self, pod: Pod | None) -> Pod | None:
        """Know its pod from one that has taken its place, in which all would run again."""
        if pod is None or self.uid not in (None, uid_of(pod)):
            return None
        self._appeared = True
        self._last_seen = pod
        return pod

    def _before_its_start(self, pod: Pod | None, fresh: bool, over: Cause | None) -> Outcome | None:
        if self.told:
            assert self._earlier is not None
            return self._ended.told(self._earlier, pod)
        if pod is None:
            missing = fresh and (over is not None or self._appeared)
            return self._ended.gone(self._last_seen, over) if missing else None
        if has_ended(pod):
            return self._ended.seen(pod)
        return self._ended.gone(pod, over) if is_lost(pod) else None

    def _after_its_start(self, follower: Follower, pod: Pod | None) -> Outcome | None:
        if not follower.finished:
            follower.save()
            if pod is None or not is_lost(pod):
                return None
            follower.close()
            return self._ended.gone(pod, None)
        if follower.damage is not None:
            return self._ended.damaged(str(follower.damage))
        if follower.receiver.end is not None:
            return self._ended.told(follower.receiver, self._last_seen)
        if pod is None:
            return self._ended.gone(self._last_seen, None)
        # Else the follower knows already what the watch is about to tell.
        return self._ended.seen(pod) if has_ended(pod) else None

    def _conclude(self, outcome: Outcome) -> None:
        now = time.time()
        self.exit_code, self.memory_peak = outcome.exit_code, outcome.memory_peak
        # Clocks of other machines may be ahead; nothing has ended later than now.
        at = min(outcome.at or self._retrieval.since or now, now)
        since = self._retrieval.since
        asked_at = self.asked_at if since is None or (self.asked_at or now) <= since else None
        asked = asked_at is not None and (
            outcome.exit_code in BY_SIGNAL or outcome.at is None or at >= asked_at
        )
        self.end = End(self.replica, at, outcome.cause, asked)

    def forget(self) -> None:
        """Have nothing left of what a replica wrote that never came to run the user's code."""
        forget_rebuilding(self.directory)
        shutil.rmtree(self.directory.path, ignore_errors=True)
        self.directory.path.mkdir(parents=True, exist_ok=True)

    def give_up_fetching(self, at: float) -> None:
        """Have no more of its copy if somebody, ``at`` that time, wanted an end of it."""
        self._retrieval.give_up(at)

    def close(self) -> None:
        """Follow and fetch no more."""
        self._retrieval.close()
        if self._follower is not None:
            self._follower.close()
