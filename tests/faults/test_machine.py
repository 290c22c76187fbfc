"""What can go wrong around the processes: peers, the index, a second steward, clocks, the power."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from faults import points
from faults.home import FaultHome
from faults.invariants import job_ended, no_process_is_left
from faults.watching import kill, processes, until
from longboat import summoning
from longboat.api import Job
from longboat.engine import Engine
from longboat.jobs.controller import JobController
from longboat.records.status import JobStatus

HOUR = 3600.0
INDEX = "index.sqlite"


def test_a_worker_that_never_starts(home: FaultHome) -> None:
    python, there = home.blocked_python("worker:1", "export LONGBOAT_PEER_TIMEOUT=1")
    job = home.submit(workers=2, python=str(python))
    status = job_ended(home, job, "failed", "peers-missing")
    assert there.exists()
    assert "worker-1" in status.message and "1 s" in status.message
    assert [(str(each.replica), each.state) for each in status.replicas] == [
        *(("worker-0", "failed"), ("worker-1", "stopped"))
    ]


# --- the index


def _tear(home: FaultHome) -> None:
    path = home.home.local / INDEX
    data = path.read_bytes()
    path.write_bytes(data[:100] + os.urandom(len(data) - 100))


def _replace(home: FaultHome) -> None:
    (home.home.local / INDEX).write_bytes(b"no index at all")


def _delete(home: FaultHome) -> None:
    for path in home.home.local.glob(f"{INDEX}*"):
        path.unlink()


@pytest.mark.parametrize("damage", [_tear, _replace, _delete])
@pytest.mark.parametrize("witness", ["steward lives", "steward killed"])
def test_index_lost(damage: Callable[[FaultHome], None], witness: str, home: FaultHome) -> None:
    """It is only a listing: what is recorded, what runs and what waits go on."""
    lease = home.hold_everything()
    waiting = home.submit(name="waiting")
    home.reaches(waiting, "queued", "waiting-resources")
    if witness == "steward killed":
        kill(home.steward())
    damage(home)
    lease.close()
    later = home.submit(name="later")
    for job in (waiting, later):
        home.open_gate(job, "worker-0")
    home.revive()
    both = [
        until(lambda job=job: job.status.settled and job, "its end") for job in (waiting, later)
    ]
    damage(home)
    assert {job.id for job in home.client.jobs()} == {job.id for job in both}
    assert home.client.job("later").id == later.id
    for job in both:
        job_ended(home, job, "succeeded", "")


# --- two stewards


def test_stewards_started_at_once(home: FaultHome) -> None:
    """One of them works, the others leave; the job runs once."""
    told = home.freeze_at(points.SUBMIT_UNTOLD)
    with home.run_submitter():
        kill(home.frozen(told))
    (entry,) = home.engine.index.list()
    command = [sys.executable, "-m", "longboat.steward", str(home.home.path)]
    started = [subprocess.Popen(command) for _ in range(4)]
    job = Job(home.engine, entry.record)
    home.runs(job, "worker-0")
    until(lambda: sum(each.poll() is None for each in started) == 1, "three have left")
    home.open_gate(job, "worker-0")
    status = job_ended(home, job, "succeeded", "")
    assert status.attempt == 1
    assert [each.wait(10) for each in started] == [0] * 4


def test_a_second_steward_beside_one_that_hangs(home: FaultHome) -> None:
    """The lock is its holder's as long as that lives; nothing is done twice."""
    job = home.submit()
    home.runs(job, "worker-0")
    pid = home.steward()
    os.kill(pid, signal.SIGSTOP)
    home.open_gate(job, "worker-0")
    until(lambda: home.facts(job).final, "the supervisor's final word")
    command = [sys.executable, "-m", "longboat.steward", str(home.home.path)]
    assert subprocess.run(command, check=False, timeout=20).returncode == 0
    assert job.status.state == "running", "nobody but the holder writes it"
    home.thaw(pid)
    job_ended(home, job, "succeeded", "")


# --- clocks


class Clock:
    """A clock that somebody sets; only this process sees it."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


@contextmanager
def own_steward(home: FaultHome) -> Iterator[tuple[JobController, Clock]]:
    """Be the steward of the home, with a clock of our own."""
    engine, clock = Engine(home.home), Clock()
    with summoning.lock_of(home.home).hold(5.0):
        yield (
            JobController(
                *(home.home, engine.store, engine.index, engine.backends),
                engine.register_model,
                engine.note_model,
                clock,
            ),
            clock,
        )


def turn(controller: JobController, job: Job, condition: Callable[[JobStatus], bool]) -> None:
    """Turn the steward's loop until the status is as it should be."""

    def moved() -> bool:
        controller.step()
        return condition(job.status)

    until(moved, lambda: f"{job.id} moves on; it is {job.status}")


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
def test_clock_set_while_a_job_waits_and_runs(jump: float, home: FaultHome) -> None:
    """There, back and there again, at every stage; a job without a deadline does not notice."""
    with own_steward(home) as (controller, clock):
        lease = home.hold_everything()
        job = home.submit()
        turn(controller, job, lambda status: status.reason == "waiting-resources")
        clock.offset = jump
        controller.step()
        lease.close()
        turn(controller, job, lambda status: status.state == "running")
        clock.offset = 0.0
        controller.step()
        clock.offset = jump
        home.open_gate(job, "worker-0")
        turn(controller, job, lambda status: status.settled)
    status = job_ended(home, job, "succeeded", "")
    assert status.started is not None and status.ended is not None
    assert status.started <= status.ended


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
def test_clock_set_over_a_deadline(jump: float, home: FaultHome) -> None:
    """Deadlines go by the clock; once one has ended a job, no other clock revives it."""
    with own_steward(home) as (controller, clock):
        job = home.submit(deadline="30m")
        turn(controller, job, lambda status: status.state == "running")
        clock.offset = -HOUR
        for _ in range(3):
            assert not controller.step()
        assert job.status.ending == ""
        clock.offset = HOUR
        turn(controller, job, lambda status: status.ending == "deadline")
        clock.offset = jump
        turn(controller, job, lambda status: status.settled)
    assert "30 min" in job_ended(home, job, "failed", "deadline").message


# --- the power


def test_reboot(home: FaultHome, rebooted: str) -> None:
    """What ran goes on as its next attempt, which costs no retry; what waited runs now."""
    lost = home.submit(name="lost", workers=2)
    again = home.submit(name="again")
    home.runs(lost, "worker-0", "worker-1")
    home.runs(again, "worker-0")
    waiting = home.submit(name="waiting", cpu=2.0)
    home.reaches(waiting, "queued", "waiting-resources")
    home.power_cut()
    for job in (lost, again, waiting):
        home.open_gate(job, "worker-0", "worker-1")
    with home.setting("LONGBOAT_HOST_IDENTITY", rebooted):
        home.revive()
        until(lambda: all(job.status.settled for job in (lost, again, waiting)), home.describe)
    no_process_is_left(home, again)
    for job in (lost, again):
        status = job_ended(home, job, "succeeded", "")
        assert (status.attempt, status.displaced) == (2, 1)
        assert "The machine was restarted" in (job.directory / "events.jsonl").read_text()
    assert job_ended(home, waiting, "succeeded", "").attempt == 1


# Processes in it see each other alone, and die with the first of them: so does a container.
CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def test_another_container_takes_the_place_of_the_first(home: FaultHome) -> None:
    """Nobody sees its processes from there; the kernel tells that they are gone."""
    submitter = home.run_submitter(*CONTAINER, name="lost", workers=2)
    with submitter:
        assert submitter.stdout is not None
        attempt = home.home.run(submitter.stdout.readline().strip()).attempt(1)
        # Not asked for through a client: that could start the steward out here.
        until(attempt.supervisor.exists, home.describe)
        (job,) = home.client.jobs()
        home.runs(job, "worker-0", "worker-1")
        assert job.status.state == "running"
        kill(submitter.pid)
    until(lambda: not processes(str(home.folder)), "the container is gone")
    home.open_gate(job, "worker-0", "worker-1")
    home.revive()
    until(lambda: job.status.settled, home.describe)
    status = job_ended(home, job, "succeeded", "")
    assert (status.attempt, status.displaced) == (2, 1)
    assert "container in which the job ran is gone" in (job.directory / "events.jsonl").read_text()
    no_process_is_left(home, job)
