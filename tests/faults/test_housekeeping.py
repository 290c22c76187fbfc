"""Housekeeping while somebody submits, and by the steward; each moment is one that was seen."""

from __future__ import annotations

import pytest

from faults import points
from faults.home import FaultHome
from faults.invariants import job_ended
from faults.watching import kill, until
from longboat import summoning
from longboat.api import Job
from longboat.snapshots import collecting
from longboat.spec.retention import retention_file

NOTHING: tuple[str, ...] = ()


def goes_on(home: FaultHome, pid: int) -> Job:
    """Thaw a submitter, and demand that its job runs to its end."""
    home.thaw(pid)
    (job,) = until(home.client.jobs, "the job is submitted")
    home.open_gate(job, "worker-0")
    job_ended(home, job, "succeeded", "")
    return job


def test_what_is_stored_for_a_job_to_come_is_not_collected(
    home: FaultHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is being stored, and when all but the job is there."""
    monkeypatch.setattr(collecting, "PATIENCE", 0.0)
    stored, unsaved = (
        home.freeze_at(point) for point in (points.SUBMIT_STORING, points.SUBMIT_UNSAVED)
    )
    with home.run_submitter() as process:
        pid = home.frozen(stored)
        pruned = home.client.prune()
        assert pruned.snapshots == NOTHING and "Try again later" in pruned.obstacle
        home.thaw(pid)
        pid = home.frozen(unsaved)
        assert home.client.prune().snapshots == NOTHING
        job = goes_on(home, pid)
        process.wait()
    assert home.client.prune().snapshots == NOTHING
    assert home.engine.snapshots.manifest(job.record.snapshot).files


def test_what_a_killed_submitter_has_stored_is_collected(home: FaultHome) -> None:
    told = home.freeze_at(points.SUBMIT_UNSAVED)
    with home.run_submitter():
        pid = home.frozen(told)
        (address,) = home.engine.snapshots.addresses()
        kill(pid)
    assert home.client.prune(dry_run=True).snapshots == (address,)
    assert home.client.prune().snapshots == (address,)
    assert not list(home.home.snapshots.glob("blobs/??/*"))


def test_the_steward_collects_what_only_a_removed_job_needed(home: FaultHome) -> None:
    first = home.submit()
    home.open_gate(first, "worker-0")
    job_ended(home, first, "succeeded", "")
    home.entry.write_bytes(home.entry.read_bytes() + b"\n# another\n")
    second = home.submit()
    home.open_gate(second, "worker-0")
    job_ended(home, second, "succeeded", "")
    first.remove()
    kept = [second.record.snapshot]
    until(lambda: home.engine.snapshots.addresses() == kept, home.describe)
    home.steward_is_gone()
    again = second.again(secrets=())
    again.stop()
    job_ended(home, again, "stopped", "stopped-by-user")


def keep_one(home: FaultHome) -> None:
    home.home.path.mkdir()
    retention_file(home.home.path).write_text("jobs_per_name = 1\n")


def ended(home: FaultHome) -> Job:
    job = home.submit()
    home.open_gate(job, "worker-0")
    job_ended(home, job, "succeeded", "")
    return job


def test_the_steward_carries_out_retention_when_a_job_has_ended(home: FaultHome) -> None:
    keep_one(home)
    first = ended(home)
    assert home.client.job(first.id).status.state == "succeeded", "the last of a name stays"
    running = home.submit(name="other")
    home.runs(running, "worker-0")
    second = ended_beside(home, running)
    assert {job.id for job in home.client.jobs()} == {second.id, running.id}
    (line,) = home.client.removed()
    assert (line["job"], line["name"]) == (first.id, first.name)


def ended_beside(home: FaultHome, running: Job) -> Job:
    """Bring another job to its end, then the one that runs; the first of the name is gone then."""
    second = home.submit()
    home.open_gate(second, "worker-0")
    home.reaches(second, "succeeded")
    home.open_gate(running, "worker-0")
    job_ended(home, running, "succeeded", "")
    return second


def test_a_steward_that_is_killed_while_a_job_goes_is_followed_by_one_that_completes_it(
    home: FaultHome,
) -> None:
    keep_one(home)
    first = ended(home)
    told = home.freeze_at(points.STEWARD_RETIRING)
    second = home.submit()
    home.open_gate(second, "worker-0")
    pid = home.frozen(told)
    assert [line["job"] for line in home.client.removed()] == [first.id]
    assert first.status.state == "succeeded"
    kill(pid)
    summoning.ensure(home.home)
    until(lambda: not first.directory.exists(), home.describe)
    home.steward_is_gone()
    assert [line["job"] for line in home.client.removed()] == [first.id]
    assert [job.id for job in home.client.jobs()] == [second.id]
