"""One random history: what people, the backend, the clock and stewards do, then a calm end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from longboat.backends.base import AttemptRef
from longboat.jobs.controller import JobController
from longboat.jobs.resuming import MOST_FRUITLESS
from longboat.records.layout import Home
from longboat.records.status import FINAL, Intent, JobRecord, Target
from longboat.spec.job import JobSpec, Resources
from simulator.backend import OUTCOMES, ModelBackend
from simulator.faults import Cell, Crash, Faults, Violation
from simulator.store import Job, Jobs, ModelIndex, ModelStore

HOME = Home(Path("/nowhere"))
RATES = (0.0, 0.03, 0.1, 0.3)
MAX_JOBS = 3
UNWANTED = 0.05
"""How many jobs have no place at all."""
CALM_ROUNDS = 90
STEPS_A_ROUND = 40
CALM_SECONDS = 100.0
"""A round; so many that a deadline is met after any jump of the clock."""
RESOURCES = (Resources(cpu=1, memory=1), Resources(cpu=2, memory=1))
ROOM = 2


class History:
    """Everything of one seed."""

    def __init__(self, seed: int, target: Cell | None = None, trace: bool = False) -> None:
        """``target`` is where it crashes for certain; up to there it is the seed's own history."""
        self.random = random = Random(seed)
        self.now = 1_000_000.0
        self._jump = 0.0
        self.faults = Faults(random, random.choice(RATES))
        self.faults.target = target
        self.faults.trace = [] if trace else None
        self.faults.meanwhile = self._meanwhile
        self.jobs = Jobs()
        self.store = ModelStore(self.faults, self.jobs)
        self.index = ModelIndex(self.faults, self.jobs)
        accepts_first = random.random() < 0.3
        self.backend = ModelBackend(self.faults, self.jobs, random, ROOM, accepts_first)
        self.store.truth = self.backend
        self.stewards = [self._steward(), self._steward()]
        self.submitted = 0
        self.events: list[Callable[[], object]] = [
            *[self._step] * 10,
            *[self._advance] * 8,
            *[self._submit] * 3,
            *[self._time_passes] * 2,
            lambda: self._want("stop"),
            lambda: self._want("remove"),
            *[self._clock_jumps] * 2,
            self._reboot,
            self._another_steward,
            self.index.lose,
        ]

    def run(self) -> None:
        """Play it to its end. Raises Violation."""
        Faults.current = self.faults
        self._submit()
        for _ in range(self.random.randrange(4, 24)):
            self.random.choice(self.events)()
        self._calm()

    # --- what happens

    def _step(self) -> bool:
        for job in self.jobs.values():
            job.intent_at_step = job.intent
        try:
            return self.stewards[0].step()
        except Crash:
            self.stewards[0] = self._steward()
            return True
        except Exception as error:
            raise Violation(f"the steward dies of {error!r}") from error

    def _meanwhile(self) -> None:
        happening = (self._advance, self._advance, self._time_passes, self._clock_jumps)
        if self.random.random() < 0.3:
            self._want(self.random.choice(("stop", "remove")))
        else:
            self.random.choice(happening)()

    def _advance(self) -> None:
        if self.backend.attempts:
            self.backend.advance(self.random.choice(list(self.backend.attempts)))

    def _submit(self) -> None:
        if self.submitted == MAX_JOBS:
            return
        self.submitted += 1
        random = self.random
        spec = JobSpec(
            name="j",
            entry="j.py",
            kind="script",
            model="m",
            resources=random.choice(RESOURCES),
            secrets=random.choice(((), ("TOKEN",))),
            deadline=random.choice((None, 50.0)),
            retries=random.choice((0, 0, 1, 2)),
        )
        job_id = f"job{self.submitted}"
        record = JobRecord(id=job_id, created=self.now, spec=spec, snapshot="s", guest="g")
        most = (spec.retries + 1) * (MOST_FRUITLESS + 1)
        fates = random.choices(OUTCOMES, k=most)
        if random.random() < UNWANTED:
            fates = ["displaced"] * most
        self.jobs[job_id] = Job(record, fates, random.random() < 0.7)
        self.store.token += 1
        self.faults.note(
            f"submit {job_id}: fates {fates}, deadline {spec.deadline}, secrets {spec.secrets}"
        )

    def _want(self, target: Target) -> None:
        if not self.jobs:
            return
        job_id = self.random.choice(list(self.jobs))
        job = self.jobs[job_id]
        if job.intent.target != "remove":
            job.intent = Intent(target, self.now)
            self.faults.note(f"somebody wants {job_id} to {target}")
        if job.intent.target == "remove" and job.status.settled:
            self.faults.undisturbed(lambda: self.backend.erase(job_id))
            self.faults.undisturbed(lambda: self.store.remove(job_id))

    def _time_passes(self) -> None:
        self._set_clock(self.now + self.random.choice((1.0, 30.0, 100.0)))

    def _clock_jumps(self) -> None:
        """Let it be an hour slow or fast, or right again."""
        before, self._jump = self._jump, self.random.choice((-3600.0, 0.0, 3600.0))
        self._set_clock(self.now + self._jump - before)

    def _set_clock(self, now: float) -> None:
        self.now = self.backend.now = now
        self.faults.note(f"the clock shows {now}")

    def _reboot(self) -> None:
        self.faults.note("reboot")
        self.backend.reboot()
        self.stewards = [self._steward(), self._steward()]

    def _another_steward(self) -> None:
        """Give the lock to a steward that has not looked since it last had it."""
        self.faults.note("another steward")
        self.stewards.reverse()

    def _steward(self) -> JobController:
        backends = {self.backend.name: self.backend}
        return JobController(
            HOME,
            self.store,
            self.index,
            backends,
            self.store.register,
            self.store.note,
            lambda: self.now,
        )

    # --- the calm end

    def _calm(self) -> None:
        """Without faults, everything that was acknowledged must come to its end."""
        self.faults.note("calm from here on")
        self.faults.rate = 0.0
        self.backend.lag = 0.0
        self._stop_what_hangs()
        for _ in range(CALM_ROUNDS):
            self._round()
            if self._all_done():
                self._judge()
                return
        raise Violation("some job is never done")

    def _round(self) -> None:
        for _ in range(STEPS_A_ROUND):
            if not self._step():
                break
        else:
            raise Violation("the steward never rests")
        self._set_clock(self.now + CALM_SECONDS)
        for ref in list(self.backend.attempts):
            self.backend.advance(ref)

    def _stop_what_hangs(self) -> None:
        for job in self.jobs.values():
            endless = "hang" in job.fates and job.record.spec.deadline is None
            if endless and job.intent.target == "run" and job.status.state not in FINAL:
                job.intent = Intent("stop", self.now)

    def _all_done(self) -> bool:
        return not any(
            job.intent.target == "remove" or not job.status.settled for job in self.jobs.values()
        )

    def _judge(self) -> None:
        if self.stewards[0].unfinished:
            raise Violation("all is done, but the steward does not leave")
        if self.backend.attempts:
            raise Violation(f"left on the backend: {list(self.backend.attempts)}")
        if self.store.removed - self.backend.erased:
            raise Violation("of a removed job something is left elsewhere")
        for job_id, job in self.jobs.items():
            if not job.events or job.events[-1]["state"] != job.status.state:
                raise Violation(f"{job_id} is {job.status.state}, its history {job.events}")
            if len(self.store.versions.get(job_id, ())) > 1:
                raise Violation(f"{job_id} has several versions")
            told = AttemptRef(job_id, job.status.attempt) in self.backend.published
            if told != (job.status.model is not None):
                raise Violation(f"{job_id} has left {job.status.model}; told of: {told}")
