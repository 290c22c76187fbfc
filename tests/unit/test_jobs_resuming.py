"""What follows when a job is displaced: no retry is used up, and where it goes on is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from test_jobs_reconcile import ABSENT, NOW, RUNNING, STOP, decide

from longboat.backends.base import AttemptRef, Observation
from longboat.explain.cause import Cause
from longboat.guest import wire
from longboat.jobs.actions import Conclude, Record, Start
from longboat.jobs.resuming import DISPLACEMENTS, MOST_FRUITLESS
from longboat.records.status import Checkpoint, JobStatus, Reported
from longboat.records.summary import Summary

FAILED = Observation("failed", cause=Cause("exit-code", {"replica": "worker-0", "code": 3}))
OLD, NEW = Checkpoint(NOW - 100, "backup/a", 2), Checkpoint(NOW - 12, "backup/a", 3)
WROTE = Reported(looked=True, checkpoint=NEW)
NOTHING = Reported(looked=True)


def displaced(reason: str = "preempted", **details: Any) -> Observation:
    return Observation("failed", cause=Cause(reason, {"replica": "worker-1", **details}), ended=NOW)


def planned(status: JobStatus = RUNNING, reported: Reported = NOTHING, **seen: Any) -> JobStatus:
    (record,) = decide(displaced(**seen), status, reported=reported)
    assert isinstance(record, Record)
    return record.status


@pytest.mark.parametrize("reason", sorted(DISPLACEMENTS))
def test_who_is_displaced_goes_on_as_the_next_attempt_without_a_retry(reason: str) -> None:
    status = planned(reason=reason)
    assert (status.state, status.reason, status.attempt) == ("queued", "displaced", 2)
    assert (status.displaced, status.fruitless) == (1, 1)
    assert decide(ABSENT, status) == [Start(AttemptRef("abcdefghij", 2))]
    (conclude,) = decide(FAILED, status)
    assert isinstance(conclude, Conclude)
    assert conclude.status.reason == "exit-code"


def test_retries_are_counted_without_displacements() -> None:
    status = planned()
    (record,) = decide(FAILED, status, retries=1)
    assert (record.status.reason, record.status.attempt) == ("retrying", 3)
    assert record.status.displaced == 1
    assert isinstance(decide(FAILED, record.status, retries=1)[0], Conclude)


@pytest.mark.parametrize("reason", ["killed", "out-of-memory", "pod-deleted", "supervisor-lost"])
def test_what_may_be_the_jobs_own_fault_is_no_displacement(reason: str) -> None:
    assert isinstance(decide(displaced(reason))[0], Conclude)


def test_who_wrote_more_than_it_may_is_evicted_for_that() -> None:
    assert isinstance(decide(displaced("evicted", lack="limit"))[0], Conclude)
    assert isinstance(decide(displaced("evicted", lack="memory"))[0], Record)


def test_from_where_it_goes_on_is_said_before_it_does() -> None:
    message = planned(reported=WROTE).message
    assert "worker-1 had to leave its node" in message
    assert "Attempt 2 goes on from the checkpoint of epoch 3, written 12 s before." in message
    named = Reported(looked=True, checkpoint=replace(NEW, epoch=None, path="d/ckpt-7.index"))
    assert "goes on from the checkpoint ckpt-7.index, written" in planned(reported=named).message


def test_without_a_checkpoint_it_says_so_before_it_starts_over() -> None:
    message = planned().message
    assert "No checkpoint had been written to longboat.checkpoint_dir()" in message
    assert "so attempt 2 starts from the beginning." in message


def test_checkpoints_that_went_with_their_pod_are_none() -> None:
    lost = Reported(looked=True, checkpoint=replace(NEW, kept=False))
    status = planned(reported=lost)
    assert "is lost with the pod, so attempt 2 starts from the beginning" in status.message
    assert "--volume" in status.message
    assert (status.checkpoint, status.fruitless) == (None, 1)


def test_a_job_that_failed_by_itself_says_it_only_where_it_has_one() -> None:
    (record,) = decide(FAILED, reported=WROTE, retries=1)
    assert record.status.message.endswith(
        "Attempt 2 goes on from the checkpoint of epoch 3, written 12 s before."
    )
    (record,) = decide(FAILED, reported=NOTHING, retries=1)
    assert "beginning" not in record.status.message


def test_one_that_never_began_goes_on_from_what_there_was() -> None:
    status = planned(replace(RUNNING, checkpoint=OLD), Reported(), reason="turned-away")
    assert "goes on from the checkpoint of epoch 2" in status.message
    assert (status.checkpoint, status.fruitless) == (OLD, 1)


def test_so_many_displacements_in_a_row_without_a_new_checkpoint_are_the_end() -> None:
    status = JobStatus(state="running")
    for _ in range(MOST_FRUITLESS):
        status = replace(planned(status), state="running")
    (conclude,) = decide(displaced("node-drained"), status, reported=NOTHING)
    assert isinstance(conclude, Conclude)
    assert (conclude.status.state, conclude.status.reason) == ("failed", "displaced-too-often")
    assert f"{MOST_FRUITLESS + 1} attempts in a row were ended" in conclude.status.message
    assert "worker-1 was asked to leave its node" in conclude.status.message


def test_a_new_checkpoint_begins_the_count_anew() -> None:
    status = replace(RUNNING, attempt=6, displaced=5, fruitless=MOST_FRUITLESS)
    found = Reported(looked=True, resumed=OLD, checkpoint=NEW)
    assert (planned(status, found).fruitless, planned(status, found).displaced) == (0, 6)
    same = Reported(looked=True, resumed=OLD, checkpoint=OLD)
    assert isinstance(decide(displaced(), status, reported=same)[0], Conclude)


def test_a_job_that_is_being_stopped_does_not_go_on() -> None:
    (record,) = decide(displaced(), intent=STOP)
    assert record.status.ending == "stopped-by-user"
    (conclude,) = decide(displaced(), record.status, STOP)
    assert isinstance(conclude, Conclude)
    (record,) = decide(displaced(), deadline=5.0)
    assert record.status.ending == "deadline"


def test_what_an_attempt_began_with_is_recorded_while_it_runs() -> None:
    status = replace(RUNNING, attempt=2, checkpoint=OLD)
    began = Reported(looked=True, resumed=OLD, checkpoint=OLD)
    (record,) = decide(Observation("running"), status, reported=began)
    assert (record.status.begun, record.status.resumed) == (2, OLD)
    assert decide(Observation("running"), record.status, reported=began) == []
    (record,) = decide(Observation("running"), status, reported=NOTHING)
    assert (record.status.begun, record.status.resumed, record.status.checkpoint) == (2, None, None)


def told(events: Path, **fields: Any) -> None:
    wire.append(str(events), wire.encode(wire.CHECKPOINT, **fields))


def test_what_a_replica_tells_of_checkpoints_is_read(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    summary = Summary(events)
    assert not summary.update().looked
    told(events, written=5.5, path="a", epoch=2, kept=True, found=True)
    told(events, written=7, path="b", epoch=None, kept=False, found=False)
    reported = summary.update()
    assert reported.looked and reported.resumed == Checkpoint(5.5, "a", 2)
    assert reported.checkpoint == Checkpoint(7.0, "b", None, False)
    told(events, written=None, path="", epoch=None, kept=True, found=False)
    assert summary.update().checkpoint is None
    told(events, written=1, path="\ud800", epoch=True)
    told(events, written="x", path=["a"], epoch=2.5)
    told(events)
    assert summary.update().checkpoint is None
