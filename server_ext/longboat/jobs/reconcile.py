"""What to do next about one job: a pure function of what is wanted and what is so.

It never remembers: the controller may die between any two actions, and the next call, given the
durable status and a fresh observation, decides the same. Three rules make that safe. The attempt's
number is durable before the attempt can exist, so nothing runs that nobody looks for. The reason
for stopping is durable before anything is stopped. The end state is durable before the backend's
evidence is removed.
"""

from __future__ import annotations

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Observation
from longboat.explain.cause import Cause
from longboat.explain.table import explain
from longboat.jobs import resuming
from longboat.jobs.actions import Action, Conclude, Record, Remove, Settle, Start, Stop, Succeed
from longboat.records.status import (
    FINAL,
    Intent,
    JobRecord,
    JobState,
    JobStatus,
    Reported,
)

FAR = 10
"""A place in the queue from which on it is not counted: each job that leaves would rewrite all."""
RETRY_CANNOT_HELP = frozenset(
    {
        *("interpreter-missing", "snapshot-missing", "unsupported-cell"),
        *("image-invalid", "image-platform", "command-missing", "runs-as-root"),
        *("pod-security", "admission-denied", "forbidden", "service-account-missing"),
        *("kind-missing", "object-invalid", "too-large-to-send", "limits-range"),
        *("quota-unspecified", "model-not-carried", "secrets-missing", "namespace-deleted"),
    }
)


def reconcile(
    record: JobRecord,
    intent: Intent,
    status: JobStatus,
    observation: Observation,
    now: float,
    ahead: int = 0,
    reported: Reported | None = None,
    known: bool = True,
) -> list[Action]:
    """Decide the next actions, in order.

    ``observation`` and ``reported`` are of attempt ``status.attempt``; ``now`` in seconds since the
    epoch; ``ahead`` counts the jobs that wait before this one for the same backend; ``known``:
    there is such a backend. An empty list means that there is nothing to do until something
    changes.
    """
    if not known and intent.target == "remove":
        return [Remove()]  # given up: nobody could ever say that it has ended
    if status.state in FINAL:
        return _after_the_end(intent, status)
    return _Decision(record, intent, status, observation, now, reported).next(ahead)


def _after_the_end(intent: Intent, status: JobStatus) -> list[Action]:
    if not status.settled:
        return [Settle(replace(status, settled=True))]
    return [Remove()] if intent.target == "remove" else []


class _Decision:
    def __init__(
        self,
        record: JobRecord,
        intent: Intent,
        status: JobStatus,
        observation: Observation,
        now: float,
        reported: Reported | None,
    ) -> None:
        self.record = record
        self.status = status
        self.reported = reported or Reported(status.metrics, status.progress)
        self.observation = observation
        self.now = now
        self.stop_wanted = intent.target != "run"
        self.ref = AttemptRef(record.id, status.attempt)

    def next(self, ahead: int) -> list[Action]:
        match self.observation.phase:
            case "absent":
                return self._absent(ahead)
            case "waiting" | "starting" | "running":
                return self._live()
            case "succeeded":
                return [Succeed(self.ref, self._final("succeeded", None))]
            case "failed":
                return self._failed(self.observation.cause or Cause("unknown"))
            case "stopped":
                return self._stopped()

    def _absent(self, ahead: int) -> list[Action]:
        if self.status.ending:
            return self._stopped()
        if self.status.state != "queued":
            return self._failed(Cause("vanished"))
        if self._ending():
            return self._record_ending()
        if ahead:
            return self._changed(
                waiting(self.status, Cause("waiting-queue", {"ahead": min(ahead, FAR)}))
            )
        return [Start(self.ref)]

    def _live(self) -> list[Action]:
        status = self._seen()
        ending = self._ending()
        if ending and not status.ending:
            return [Record(replace(status, ending=ending)), Stop(self.ref)]
        return [*self._changed(status), *((Stop(self.ref),) if ending else ())]

    def _failed(self, cause: Cause) -> list[Action]:
        if self.status.ending == "deadline":
            return self._stopped()
        if self.status.ending:
            return [Conclude(self._final("failed", cause))]
        if resuming.is_displacement(cause):
            return self._displaced(cause)
        hopeless = cause.reason in RETRY_CANNOT_HELP
        if hopeless or resuming.retries_used(self.status) > self.record.spec.retries:
            return [Conclude(self._final("failed", cause))]
        if self._ending():
            return self._record_ending()
        said = f"Attempt {self.status.attempt} failed: {explain(cause).message}"
        return [self._next_attempt(replace(self.status, fruitless=0), "retrying", said)]

    def _displaced(self, cause: Cause) -> list[Action]:
        """Go on elsewhere, or later: it was nobody's fault, and is bounded all the same."""
        said = explain(cause).message
        fruitless = resuming.fruitless_after(self.status, self.reported)
        if fruitless > resuming.MOST_FRUITLESS:
            given_up = Cause("displaced-too-often", {"times": fruitless, "why": said})
            return [Conclude(self._final("failed", given_up))]
        if self._ending():
            return self._record_ending()
        status = replace(self.status, displaced=self.status.displaced + 1, fruitless=fruitless)
        return [self._next_attempt(status, "displaced", said)]

    def _next_attempt(self, status: JobStatus, reason: str, said: str) -> Record:
        status = resuming.updated(status, self.reported)
        at = self.observation.ended or self.now
        prospect = resuming.prospect(status, at, displaced=reason == "displaced")
        return Record(resuming.next_attempt(status, reason, f"{said} {prospect}".strip()))

    def _stopped(self) -> list[Action]:
        if self.status.ending == "deadline":
            seconds = self.record.spec.deadline or 0
            return [Conclude(self._final("failed", Cause("deadline", {"seconds": seconds})))]
        cause = Cause(self.status.ending) if self.status.ending else self.observation.cause
        return [Conclude(self._final("stopped", cause or Cause("stopped-from-outside")))]

    def _record_ending(self) -> list[Action]:
        """Let no end depend on what may be otherwise after a crash: the clock, a person's will."""
        return [Record(replace(self.status, ending=self._ending()))]

    def _ending(self) -> str:
        """Why the job is to end: what was recorded counts before what is found now."""
        if self.status.ending:
            return self.status.ending
        if self.stop_wanted:
            return "stopped-by-user"
        started, deadline = self.status.started, self.record.spec.deadline
        passed = started is not None and deadline is not None and self.now - started >= deadline
        return "deadline" if passed else ""

    def _seen(self) -> JobStatus:
        """Bring the status up to what is observed of a live attempt."""
        seen = self.observation
        status = replace(resuming.updated(self.status, self.reported), replicas=seen.replicas)
        if seen.phase == "waiting":
            return waiting(status, seen.cause or Cause("waiting-resources"))
        began = self.status.attempt_started
        if seen.phase == "running" and began is None:
            began = seen.started or self.now
        # Something may be wrong with how it is seen, though not with it.
        doubt = explain(seen.cause) if seen.cause else None
        return replace(
            status,
            state=seen.phase,
            reason=doubt.reason if doubt else "",
            message=doubt.sentence if doubt else "",
            attempt_started=began,
            started=self.status.started if self.status.started is not None else began,
        )

    def _final(self, state: JobState, cause: Cause | None) -> JobStatus:
        explanation = explain(cause) if cause else None
        began = self.status.attempt_started or self.observation.started
        return replace(
            resuming.updated(self.status, self.reported),
            state=state,
            reason=explanation.reason if explanation else "",
            message=explanation.sentence if explanation else "",
            attempt_started=began,
            started=self.status.started if self.status.started is not None else began,
            ended=self.observation.ended or self.now,
            replicas=self.observation.replicas or self.status.replicas,
        )

    def _changed(self, status: JobStatus) -> list[Action]:
        return [] if status == self.status else [Record(status)]


def waiting(status: JobStatus, cause: Cause) -> JobStatus:
    """Write into ``status`` why the job is still queued."""
    explanation = explain(cause)
    return replace(status, state="queued", reason=explanation.reason, message=explanation.sentence)
