"""The decision table of reconcile, row by row; the simulator tests it over histories."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from longboat.backends.base import ABSENT, AttemptRef, Observation
from longboat.explain.cause import Cause
from longboat.jobs.actions import Conclude, Record, Remove, Settle, Start, Stop, Succeed
from longboat.jobs.reconcile import reconcile
from longboat.records.status import Intent, JobRecord, JobStatus, Reported
from longboat.spec.job import JobSpec, Resources

NOW = 1_000_000.0
RUN, STOP, REMOVE = Intent("run", NOW), Intent("stop", NOW), Intent("remove", NOW)
RUNNING = JobStatus(state="running", attempt_started=NOW - 10, started=NOW - 10)
FAILED = Observation("failed", cause=Cause("exit-code", {"replica": "worker-0", "code": 3}))


def job(**asked: Any) -> JobRecord:
    spec = JobSpec(
        name="digits",
        entry="digits.ipynb",
        kind="notebook",
        resources=Resources(cpu=1.0, memory=1 << 30),
        model="digits",
        **asked,
    )
    return JobRecord(id="abcdefghij", created=NOW - 60, spec=spec, snapshot="s", guest="g")


def decide(
    observation: Observation,
    status: JobStatus = RUNNING,
    intent: Intent = RUN,
    ahead: int = 0,
    reported: Reported | None = None,
    **asked: Any,
) -> list[Any]:
    return reconcile(job(**asked), intent, status, observation, NOW, ahead, reported)


def test_a_queued_job_is_started() -> None:
    assert decide(ABSENT, JobStatus()) == [Start(AttemptRef("abcdefghij", 1))]


def test_a_job_behind_another_says_how_many_are_ahead() -> None:
    (record,) = decide(ABSENT, JobStatus(), ahead=2)
    assert isinstance(record, Record)
    assert (record.status.state, record.status.reason) == ("queued", "waiting-queue")
    assert "2" in record.status.message
    assert decide(ABSENT, record.status, ahead=2) == []


def test_far_back_in_the_queue_a_job_that_leaves_changes_nothing() -> None:
    (record,) = decide(ABSENT, JobStatus(), ahead=400)
    assert "10 jobs or more" in record.status.message
    assert decide(ABSENT, record.status, ahead=399) == []


@pytest.mark.parametrize("intent", [STOP, REMOVE])
def test_a_queued_job_that_is_not_wanted_ends_stopped(intent: Intent) -> None:
    (record,) = decide(ABSENT, JobStatus(), intent)
    assert record == Record(JobStatus(ending="stopped-by-user"))
    (conclude,) = decide(ABSENT, record.status, intent)
    assert isinstance(conclude, Conclude)
    assert (conclude.status.state, conclude.status.ended) == ("stopped", NOW)


def test_what_is_seen_running_is_recorded_once() -> None:
    (record,) = decide(Observation("running", started=NOW - 5), JobStatus(state="starting"))
    assert (record.status.state, record.status.started) == ("running", NOW - 5)
    assert decide(Observation("running", started=NOW - 5), record.status) == []


def test_metrics_are_recorded_as_they_come() -> None:
    (record,) = decide(Observation("running"), reported=Reported(metrics={"loss": 0.5}))
    assert record.status.metrics == {"loss": 0.5}


def test_the_reason_for_stopping_is_durable_before_anything_is_stopped() -> None:
    record, stop = decide(Observation("running"), intent=STOP)
    assert record.status.ending == "stopped-by-user"
    assert stop == Stop(AttemptRef("abcdefghij", 1))
    assert decide(Observation("running"), record.status, STOP) == [stop]


def test_a_deadline_ends_the_job_as_failed_even_if_the_clock_goes_back() -> None:
    record, stop = decide(Observation("running"), deadline=10.0)
    assert (record.status.ending, isinstance(stop, Stop)) == ("deadline", True)
    earlier = reconcile(
        job(deadline=10.0), RUN, record.status, Observation("stopped"), NOW - 3600, 0
    )
    assert earlier[0].status.state == "failed"
    assert earlier[0].status.reason == "deadline"


def test_success_registers_then_settles() -> None:
    (succeed,) = decide(Observation("succeeded", ended=NOW - 1))
    assert isinstance(succeed, Succeed)
    assert (succeed.status.state, succeed.status.ended) == ("succeeded", NOW - 1)
    (settle,) = decide(Observation("succeeded"), succeed.status)
    assert settle == Settle(replace(succeed.status, settled=True))
    assert decide(Observation("succeeded"), settle.status) == []


def test_success_that_came_before_the_stop_counts() -> None:
    (succeed,) = decide(Observation("succeeded"), intent=STOP)
    assert succeed.status.state == "succeeded"


def test_a_failure_says_why() -> None:
    (conclude,) = decide(FAILED)
    assert (conclude.status.state, conclude.status.reason) == ("failed", "exit-code")
    assert "worker-0" in conclude.status.message


def test_a_failure_with_retries_left_queues_the_next_attempt_before_it_exists() -> None:
    (record,) = decide(FAILED, retries=1)
    assert (record.status.state, record.status.attempt) == ("queued", 2)
    assert "worker-0" in record.status.message
    assert decide(ABSENT, record.status, retries=1) == [Start(AttemptRef("abcdefghij", 2))]
    assert isinstance(decide(FAILED, record.status, retries=1)[0], Conclude)


@pytest.mark.parametrize("reason", ["interpreter-missing", "unsupported-cell"])
def test_what_retrying_cannot_mend_is_not_retried(reason: str) -> None:
    (conclude,) = decide(Observation("failed", cause=Cause(reason)), retries=3)
    assert isinstance(conclude, Conclude)


def test_a_job_being_stopped_is_not_retried() -> None:
    (record,) = decide(FAILED, intent=STOP, retries=3)
    (conclude,) = decide(FAILED, record.status, STOP, retries=3)
    assert conclude.status.state == "failed"


def test_an_attempt_that_vanished_counts_as_failed() -> None:
    (conclude,) = decide(ABSENT)
    assert (conclude.status.state, conclude.status.reason) == ("failed", "vanished")
    (record,) = decide(ABSENT, retries=1)
    assert record.status.attempt == 2


def test_a_waiting_attempt_is_queued_with_what_it_waits_for() -> None:
    cause = Cause("waiting-resources", {"resource": "cpu", "wanted": 2, "free": 1, "total": 2})
    (record,) = decide(Observation("waiting", cause=cause), JobStatus())
    assert (record.status.state, record.status.reason) == ("queued", "waiting-resources")


def test_removal_waits_until_nothing_is_left() -> None:
    ended = JobStatus(state="succeeded", ended=NOW)
    assert isinstance(decide(ABSENT, ended, REMOVE)[0], Settle)
    assert decide(ABSENT, replace(ended, settled=True), REMOVE) == [Remove()]
