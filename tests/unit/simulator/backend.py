"""A backend that keeps the promises of backends/base.py, on a clock that the history turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from longboat.backends.base import ABSENT, AttemptRef, Launch, ModelNote, Observation, Phase
from longboat.errors import Problem
from longboat.explain.cause import Cause
from longboat.records.status import FINAL, ReplicaState, ReplicaStatus
from longboat.spec.job import JobSpec
from simulator.faults import Faults, Violation
from simulator.store import Job, Jobs

OUTCOMES = ("succeeded", "failed", "hopeless", "killed", "outside", "lost", "hang", "displaced")
"""How an attempt ends if nobody stops it; a hanging one never does."""
CAUSES = {
    "failed": Cause("cell-failed"),
    "hopeless": Cause("unsupported-cell"),
    "killed": Cause("killed"),
    "displaced": Cause("preempted"),
    "rebooted": Cause("rebooted"),
}
_SHORTAGE = Cause("waiting-resources")
_REPLICA_STATES: dict[Phase, ReplicaState] = {
    "waiting": "pending",
    "starting": "pending",
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "stopped": "stopped",
}


class Attempt:
    """One attempt: what is so, and how much of it observers have been shown."""

    __slots__ = ("fate", "held", "history", "phase", "shown", "stopping")

    def __init__(self, fate: str, phase: Phase, held: int) -> None:
        self.fate, self.held = fate, held
        self.stopping = False
        self.history: list[Observation] = []
        self.shown = 0
        self.become(phase)

    @property
    def live(self) -> bool:
        """Whether it has processes or may still get some."""
        return self.phase not in FINAL

    def become(self, phase: Phase, cause: Cause | None = None, now: float | None = None) -> None:
        """Enter a phase."""
        self.phase = phase
        replicas = (ReplicaStatus("worker", 0, _REPLICA_STATES[phase]),)
        ended = now if phase in FINAL else None
        self.history.append(Observation(phase, replicas, cause, now, ended))


class ModelBackend:
    """Holds attempts; outlives every steward."""

    name = "local"

    def __init__(
        self, faults: Faults, jobs: Jobs, random: Random, room: int, accepts_first: bool
    ) -> None:
        self._faults, self._jobs, self._random = faults, jobs, random
        self._room = room
        self._accepts_first = accepts_first
        """Whether it takes what does not fit yet and lets it wait, as a cluster does."""
        self.attempts: dict[AttemptRef, Attempt] = {}
        self.ran: dict[AttemptRef, str] = {}
        """Every attempt that was ever accepted, and how it truly ended ("" before)."""
        self.published: set[AttemptRef] = set()
        self.erased: set[str] = set()
        """Attempts of whose model was told."""
        self.now = 0.0
        self.lag = 0.2

    # --- the interface

    def check(self, spec: JobSpec) -> list[Problem]:
        """See Backend."""
        return []

    def preview(self, launch: Launch) -> None:
        """See Backend."""

    def start(self, launch: Launch) -> Cause | None:
        """See Backend."""
        self._faults.before("start")
        if launch.ref not in self.attempts:
            fits = self._free() >= launch.spec.resources.cpu
            if not fits and not self._accepts_first:
                return _SHORTAGE
            self._judge_start(launch)
            held = int(launch.spec.resources.cpu)
            fate = self._jobs[launch.ref.job].fates[launch.ref.attempt - 1]
            self.attempts[launch.ref] = Attempt(fate, "starting" if fits else "waiting", held)
            self.ran[launch.ref] = ""
        self._faults.after("start")
        return None

    def observe(self, refs: Sequence[AttemptRef]) -> Mapping[AttemptRef, Observation]:
        """See Backend; what it shows may be late, but never goes back, and an accepted attempt
        is never absent.
        """
        self._faults.transition = "look"
        self._faults.before("observe")
        seen = {ref: self._look(ref) for ref in refs}
        self._faults.after("observe")
        return seen

    def stop(self, ref: AttemptRef) -> None:
        """See Backend."""
        self._faults.before("stop")
        attempt = self.attempts.get(ref)
        if attempt is not None:
            attempt.stopping = True
        self._faults.after("stop")

    def erase(self, job: str) -> None:
        """See Backend."""
        self._faults.before("erase")
        self.erased.add(job)
        self._faults.after("erase")

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        """See Backend."""
        self._faults.before("publish")
        if self.attempts.get(ref) is None and ref not in self.published:
            raise Violation(f"{ref} is cleaned before its model was told of")
        self.published.add(ref)
        self._faults.after("publish")

    def clean(self, ref: AttemptRef) -> None:
        """See Backend."""
        self._faults.before("clean")
        attempt = self.attempts.get(ref)
        if attempt is not None and attempt.live:
            raise Violation(f"{ref} is cleaned while it lives")
        self.attempts.pop(ref, None)
        self._faults.after("clean")

    # --- what happens by itself

    def live(self, job_id: str) -> bool:
        """Tell whether any attempt of the job lives."""
        return any(a.live for ref, a in self.attempts.items() if ref.job == job_id)

    def advance(self, ref: AttemptRef) -> None:
        """Let one attempt come a step nearer to its end."""
        attempt = self.attempts[ref]
        if not attempt.live:
            return
        if attempt.stopping and (attempt.fate != "succeeded" or attempt.phase != "running"):
            self._end(ref, "stopped", "stopped", None)
        elif attempt.phase == "waiting":
            if self._free() >= attempt.held:
                attempt.become("starting")
        elif attempt.phase == "starting":
            attempt.become("running", now=self.now)
        else:
            self._meet_fate(ref, attempt)

    def reboot(self) -> None:
        """End everything that lives; the evidence stays."""
        for ref, attempt in self.attempts.items():
            if attempt.live:
                self._end(ref, "failed", "rebooted", CAUSES["rebooted"])

    def _meet_fate(self, ref: AttemptRef, attempt: Attempt) -> None:
        if attempt.fate == "succeeded":
            self._end(ref, "succeeded", "succeeded", None)
        elif attempt.fate == "outside":
            self._end(ref, "stopped", "outside", None)
        elif attempt.fate == "lost":
            if self._jobs[ref.job].status.state != "queued":
                self.ran[ref] = "lost"
                del self.attempts[ref]
        elif attempt.fate != "hang":
            self._end(ref, "failed", attempt.fate, CAUSES[attempt.fate])

    def _end(self, ref: AttemptRef, phase: Phase, truth: str, cause: Cause | None) -> None:
        self.attempts[ref].become(phase, cause, self.now)
        self.ran[ref] = truth
        self._faults.note(f"  {ref.job}/{ref.attempt} truly ends: {truth}")

    def _look(self, ref: AttemptRef) -> Observation:
        attempt = self.attempts.get(ref)
        if attempt is None:
            return ABSENT
        latest = len(attempt.history) - 1
        if attempt.shown < latest and self._random.random() >= self.lag:
            attempt.shown = latest
        return attempt.history[attempt.shown]

    def _free(self) -> int:
        if self._accepts_first:
            held = sum(a.held for a in self.attempts.values() if a.live and a.phase != "waiting")
        else:
            held = sum(a.held for a in self.attempts.values() if a.live)
        return self._room - held

    def _judge_start(self, launch: Launch) -> None:
        ref = launch.ref
        job = self._jobs.get(ref.job)
        if job is None:
            raise Violation(f"{ref} is started, but its job is gone")
        if ref in self.ran:
            raise Violation(f"{ref} runs a second time")
        if self.live(ref.job):
            raise Violation(f"{ref} is started while another attempt lives")
        job.judge_start(ref.attempt)
        self._judge_order(job)

    def _judge_order(self, job: Job) -> None:
        """Nobody starts before an older job that is known to wait for room."""
        mine = (job.record.created, job.record.id)
        for other in self._jobs.values():
            older = (other.record.created, other.record.id) < mine
            if older and other.status.reason.startswith("waiting-") and not self._accepted(other):
                raise Violation(f"{job.record.id} overtakes {other.record.id}")

    def _accepted(self, job: Job) -> bool:
        return AttemptRef(job.record.id, job.status.attempt) in self.ran
