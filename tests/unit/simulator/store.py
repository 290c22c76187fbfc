"""The durable records of the model world, with a judge at every write."""

from __future__ import annotations

from typing import Any, Protocol

from longboat.backends.base import ModelNote
from longboat.errors import NotFound
from longboat.jobs.resuming import MOST_FRUITLESS
from longboat.records.status import FINAL, Intent, JobRecord, JobStatus
from simulator.faults import Faults, Violation

HOPELESS = frozenset({"hopeless"})
DISPLACED = frozenset({"displaced", "rebooted"})
_START = JobStatus()
_RUN = Intent("run", 0.0)


class Truth(Protocol):
    """What the judge must know of the backend."""

    ran: dict[Any, str]
    attempts: dict[Any, Any]

    def live(self, job_id: str) -> bool:
        """Tell whether any attempt of the job lives."""


class Job:
    """One job's record, and what the judge knows of it besides."""

    def __init__(self, record: JobRecord, fates: list[str], leaves_model: bool) -> None:
        self.record = record
        self.fates = fates
        self.leaves_model = leaves_model
        self.status = _START
        self.intent = _RUN
        self.intent_at_step = _RUN
        self.secrets = bool(record.spec.secrets)
        self.events: list[dict[str, Any]] = []

    def judge_start(self, attempt: int) -> None:
        """Raise Violation when an attempt must not be started now."""
        what = f"{self.record.id}/{attempt}"
        if self.status.state in FINAL:
            raise Violation(f"{what} is started after the end")
        if attempt != self.status.attempt:
            raise Violation(f"{what} is started, but attempt {self.status.attempt} is recorded")
        if attempt > self.record.spec.retries + 1 + self.status.displaced:
            raise Violation(f"{what} is one attempt too many")
        if self.record.spec.secrets and not self.secrets:
            raise Violation(f"{what} is started, but its secrets are forgotten")
        if self.intent_at_step.target != "run" or self.status.ending:
            raise Violation(f"{what} is started after a stop")


class Jobs(dict[str, Job]):
    """All jobs that are not removed."""


class ModelStore:
    """What the controller uses of records.store.JobStore."""

    def __init__(self, faults: Faults, jobs: Jobs) -> None:
        self._faults, self._jobs = faults, jobs
        self.token = 0
        self.truth: Truth
        self.removed: set[str] = set()
        self.versions: dict[str, list[str]] = {}
        """Registered versions by job."""

    def sweep(self) -> None:
        """See JobStore."""

    def ids(self) -> list[str]:
        """See JobStore."""
        return list(self._jobs)

    def listing_token(self) -> int | None:
        """See JobStore."""
        return self.token

    def read(self, job_id: str) -> JobRecord:
        """See JobStore."""
        return self._job(job_id).record

    def status(self, job_id: str) -> JobStatus:
        """See JobStore."""
        return self._job(job_id).status

    def intent(self, job_id: str) -> Intent:
        """See JobStore."""
        return self._job(job_id).intent

    def write_status(self, job_id: str, status: JobStatus) -> None:
        """See JobStore."""
        self._faults.before("write_status")
        job = self._job(job_id)
        self._judge(job, job.status, status)
        self._faults.note(f"  {job_id} is {status.state}/{status.attempt} {status.reason}")
        job.status = status
        self._faults.after("write_status")

    def append_event(self, job_id: str, kind: str, **fields: Any) -> None:
        """See JobStore."""
        self._faults.before("append_event")
        job = self._job(job_id)
        last = job.events[-1] if job.events else {}
        if last.get("state") in FINAL:
            raise Violation(f"{job_id} has {fields} in its history after its end, {last}")
        if last == fields:
            raise Violation(f"{job_id} has {fields} in its history twice")
        job.events.append(fields)
        self._faults.after("append_event")

    def events(self, job_id: str) -> list[dict[str, Any]]:
        """See JobStore."""
        return self._job(job_id).events

    def forget_secrets(self, job_id: str) -> None:
        """See JobStore."""
        self._faults.before("forget_secrets")
        self._job(job_id).secrets = False
        self._faults.after("forget_secrets")

    def remove(self, job_id: str) -> None:
        """See JobStore."""
        self._faults.before("remove")
        job = self._job(job_id)
        if job.intent.target != "remove":
            raise Violation(f"{job_id} is removed, but nobody wanted that")
        if not job.status.settled or self._held(job_id):
            raise Violation(f"{job_id} is removed before its backend was cleaned")
        del self._jobs[job_id]
        self.removed.add(job_id)
        self.token += 1
        self._faults.after("remove")

    def register(self, record: JobRecord, status: JobStatus) -> str | None:
        """Stand for engine.register_model: one version a job, however often it is asked."""
        self._faults.before("register")
        if not self._job(record.id).leaves_model:
            return None
        versions = self.versions.setdefault(record.id, [])
        if not versions:
            versions.append(f"model@{len(self.versions)}")
        self._faults.after("register")
        return versions[-1]

    def note(self, record: JobRecord, status: JobStatus) -> ModelNote | None:
        """Stand for engine.note_model."""
        if status.model is None:
            return None
        name, _, version = status.model.partition("@")
        return ModelNote(name=name, version=int(version), host="", path="", snapshot="")

    def _job(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise NotFound(f"There is no job {job_id!r}.")
        return self._jobs[job_id]

    def _held(self, job_id: str) -> bool:
        return any(ref.job == job_id for ref in self.truth.attempts)

    def _judge(self, job: Job, old: JobStatus, new: JobStatus) -> None:
        job_id = job.record.id
        if old.state in FINAL:
            self._judge_after_the_end(job_id, old, new)
            return
        if old.ending and new.ending != old.ending:
            raise Violation(f"{job_id} forgets why it was being stopped")
        if new.attempt not in (old.attempt, old.attempt + 1):
            raise Violation(f"{job_id} goes from attempt {old.attempt} to {new.attempt}")
        if new.attempt > old.attempt:
            self._judge_retry(job, old)
        if new.attempt > job.record.spec.retries + 1 + new.displaced:
            raise Violation(f"{job_id} plans one attempt too many")
        self._judge_displacements(job_id, new)
        if new.settled:
            raise Violation(f"{job_id} is settled before its end is durable")
        if new.state in FINAL:
            self._judge_end(job, new)

    def _judge_after_the_end(self, job_id: str, old: JobStatus, new: JobStatus) -> None:
        what = ("state", "reason", "message", "attempt", "model", "ended")
        if any(getattr(old, name) != getattr(new, name) for name in what):
            raise Violation(f"{job_id} changes after its end: {old} to {new}")
        if new.settled and self._held(job_id):
            raise Violation(f"{job_id} is settled, but its backend still holds something")

    def _judge_displacements(self, job_id: str, new: JobStatus) -> None:
        """Only they cost no retry, and not without end: no attempt here leaves a checkpoint."""
        before = [self.truth.ran.get((job_id, n)) in DISPLACED for n in range(1, new.attempt)]
        if new.displaced != sum(before):
            raise Violation(f"{job_id} counts {new.displaced} of {sum(before)} displacements")
        if len(before) > MOST_FRUITLESS and all(before[-MOST_FRUITLESS - 1 :]):
            raise Violation(f"{job_id} is displaced without end")

    def _judge_retry(self, job: Job, old: JobStatus) -> None:
        job_id = job.record.id
        if self.truth.live(job_id):
            raise Violation(f"{job_id} plans another attempt while one lives")
        truth = self.truth.ran.get((job_id, old.attempt))
        if truth in (None, "succeeded", "stopped", "outside", *HOPELESS):
            raise Violation(f"{job_id} plans another attempt after one that was {truth}")

    def _judge_end(self, job: Job, new: JobStatus) -> None:
        job_id, spec = job.record.id, job.record.spec
        truth = self.truth.ran.get((job_id, new.attempt))
        if self.truth.live(job_id):
            raise Violation(f"{job_id} is {new.state} while its processes live")
        if job.secrets:
            raise Violation(f"{job_id} is {new.state}, but its secrets are still there")
        if (new.state == "succeeded") != (truth == "succeeded"):
            raise Violation(f"{job_id} is {new.state}, but its attempt was {truth}")
        stop_wanted = job.intent.target != "run"
        if new.reason == "deadline":
            if spec.deadline is None:
                raise Violation(f"{job_id} ended at a deadline that it does not have")
        elif new.state == "stopped" and not stop_wanted and truth != "outside":
            raise Violation(f"{job_id} is stopped, but nobody wanted that")
        elif new.state == "failed":
            self._judge_failure(job, new, truth, stop_wanted)
        if (
            new.state == "succeeded"
            and job.leaves_model
            and self.versions.get(job_id) != [new.model]
        ):
            raise Violation(f"{job_id} succeeded with {new.model}, not {self.versions.get(job_id)}")

    def _judge_failure(
        self, job: Job, new: JobStatus, truth: str | None, stop_wanted: bool
    ) -> None:
        job_id, spec = job.record.id, job.record.spec
        if truth in (None, "stopped", "outside"):
            raise Violation(f"{job_id} failed as {new.reason}, but its attempt was {truth}")
        if truth in DISPLACED:
            more = new.fruitless < MOST_FRUITLESS
        else:
            more = new.attempt - new.displaced <= spec.retries and truth not in HOPELESS
        if more and not stop_wanted and spec.deadline is None:
            raise Violation(f"{job_id} gave up after attempt {new.attempt} of {spec.retries + 1}")


class ModelIndex:
    """What the controller uses of records.index.JobIndex; as there, what it misses is read anew."""

    def __init__(self, faults: Faults, jobs: Jobs) -> None:
        self._faults, self._jobs = faults, jobs
        self._settled: set[str] = set()

    def put(self, record: JobRecord, status: JobStatus) -> None:
        """See JobIndex."""
        self._faults.before("index.put")
        if status.settled:
            self._settled.add(record.id)
        else:
            self._settled.discard(record.id)
        self._faults.after("index.put")

    def remove(self, job_id: str) -> None:
        """See JobIndex."""
        self._faults.before("index.remove")
        self._settled.discard(job_id)
        self._faults.after("index.remove")

    def settled(self) -> frozenset[str]:
        """See JobIndex."""
        for job_id in self._settled & self._jobs.keys():
            if not self._jobs[job_id].status.settled:
                raise Violation(f"{job_id} is settled in the index, but not in its record")
        return frozenset(self._settled)

    def lose(self) -> None:
        """Be deleted and built anew from the records."""
        self._settled = {job_id for job_id, job in self._jobs.items() if job.status.settled}
