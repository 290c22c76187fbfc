"""Whoever is killed, the attempt ends once, with a cause, and nothing of it lives on."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from local_stage import ENDED, Job, Stage, stage, until

from longboat.backends.local.record import read_facts, write_facts
from longboat.system import identity
from longboat.system.locks import FileLock
from longboat.system.wake import Bell

__all__ = ["stage"]

# A child, one in a session of its own, and one that nobody is the parent of; two clear their marks.
FAMILY = """
subprocess.Popen(["sleep", "3600"])
subprocess.Popen(["env", "-i", "sleep", "3601"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("/bin/sleep", ["sleep", "3602"], {})
    os._exit(0)
os.wait()
say("ready")
"""


def sleepers(job: Job) -> list[int]:
    """The family of this job, wherever it is by now: it works in the job's folder."""
    work = str(job.attempt.path)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()).startswith(work):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def all_gone(job: Job) -> None:
    until(lambda: not sleepers(job), "the whole family is gone", 5)
    job.nothing_is_left()


@pytest.mark.parametrize(
    ("ending", "phase"),
    [("", "succeeded"), ("sys.exit(3)", "failed"), ("os.kill(os.getpid(), 9)", "failed")],
)
def test_what_a_replica_leaves_behind_ends_with_it(stage: Stage, ending: str, phase: str) -> None:
    job = stage.job(FAMILY + ending).started()
    assert job.end().phase == phase
    assert sleepers(job) == []


def test_a_stop_ends_the_whole_family(stage: Stage) -> None:
    job = stage.job(FAMILY + "hang()").started()
    job.said("ready")
    assert len(sleepers(job)) == 4
    job.stop()
    assert job.end().phase == "stopped"
    assert sleepers(job) == []


def test_a_killed_supervisor(stage: Stage) -> None:
    job = stage.job(FAMILY + "hang()", workers=2).started()
    job.said("ready", "worker-0")
    job.said("ready", "worker-1")
    job.kill_supervisor()
    ended = job.end()
    assert ended.phase == "failed"
    assert ended.cause is not None and ended.cause.reason == "supervisor-lost"
    assert [each.state for each in ended.replicas] == ["stopped", "stopped"]
    assert sleepers(job) == []
    assert job.look() == ended
    assert stage.pool.usage()["cpu"].used == 0


def test_a_killed_supervisor_that_nobody_looks_at(stage: Stage) -> None:
    job = stage.job(FAMILY + "hang()").started()
    job.said("ready")
    job.kill_supervisor()
    all_gone(job)
    assert stage.pool.usage()["cpu"].used == 0
    assert job.end().phase == "failed"


def test_a_supervisor_killed_when_the_leader_has_succeeded(stage: Stage) -> None:
    """That decides how the attempt ends; the others only have a time of grace."""
    job = stage.job(FAMILY + "me == 'worker-0' or hang()", workers=2).started()
    job.said("ready", "worker-1")
    until(lambda: job.facts().replicas[0].state == "succeeded")
    job.kill_supervisor()
    ended = job.end()
    assert (ended.phase, ended.cause) == ("succeeded", None)
    assert [each.state for each in ended.replicas] == ["succeeded", "stopped"]
    assert sleepers(job) == []


def test_an_evaluator_that_has_failed_changes_nothing_of_that(stage: Stage) -> None:
    ends = {"worker-0": "None", "evaluator-0": "sys.exit(3)"}
    source = "".join(f"if me == '{name}': {end}\n" for name, end in ends.items())
    job = stage.job(FAMILY + source + "me == 'worker-1' and hang()", workers=2, evaluator=True)
    job.started()
    until(lambda: [r.state for r in job.facts().replicas] == ["succeeded", "running", "failed"])
    job.kill_supervisor()
    ended = job.end()
    assert (ended.phase, ended.cause) == ("succeeded", None)
    assert [each.state for each in ended.replicas] == ["succeeded", "stopped", "failed"]


def test_a_killed_keeper(stage: Stage) -> None:
    job = stage.job(FAMILY + "hang()", workers=2).started()
    job.said("ready", "worker-0")
    job.said("ready", "worker-1")
    until(lambda: job.look().phase == "running")
    job.kill_keeper(1)
    ended = job.end()
    assert ended.phase == "failed" and ended.cause is not None
    assert (ended.cause.reason, ended.cause.details["replica"]) == ("killed", "worker-1")
    assert [each.state for each in ended.replicas] == ["stopped", "failed"]
    assert sleepers(job) == []


def test_a_keeper_killed_after_the_last_word(stage: Stage) -> None:
    """What the guest said counts, as it does when only the interpreter crashes at the end."""
    job = stage.job("last_word('succeeded'); say('ready'); hang()").started()
    job.said("ready")
    until(lambda: job.look().phase == "running")
    job.kill_keeper()
    assert job.end().phase == "succeeded"


def test_a_killed_replica(stage: Stage) -> None:
    job = stage.job(FAMILY + "hang()").started()
    job.said("ready")
    until(lambda: job.look().phase == "running")
    process = job.facts().replicas[0].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    ended = job.end()
    assert ended.cause is not None and ended.cause.reason == "killed"
    assert sleepers(job) == []


def test_supervisor_and_keeper_killed_at_once(stage: Stage) -> None:
    """Then only the mark in the environment finds what lives on."""
    job = stage.job("subprocess.Popen(['setsid', 'sleep', '3600']); say('ready'); hang()").started()
    job.said("ready")
    until(lambda: job.look().phase == "running")
    facts = job.facts()
    keeper = facts.replicas[0].keeper
    assert keeper is not None
    for pid in (facts.supervisor.pid, keeper.pid):
        os.kill(pid, signal.SIGSTOP)
    for pid in (facts.supervisor.pid, keeper.pid):
        os.kill(pid, signal.SIGKILL)
    ended = job.end()
    assert ended.cause is not None and ended.cause.reason == "supervisor-lost"
    assert job.processes() == []


def test_a_suspended_keeper_does_not_outlive_its_supervisor(stage: Stage) -> None:
    job = stage.job(FAMILY + "hang()").started()
    job.said("ready")
    until(lambda: job.look().phase == "running")
    keeper = job.facts().replicas[0].keeper
    assert keeper is not None
    os.kill(keeper.pid, signal.SIGSTOP)
    job.kill_supervisor()
    assert job.end().phase == "failed"
    assert sleepers(job) == []


@pytest.mark.parametrize("moment", range(6))
def test_a_supervisor_killed_while_it_starts(stage: Stage, moment: int) -> None:
    job = stage.job("hang()", workers=2).started()
    phases = [len(job.facts().replicas) and job.look().phase for _ in range(moment)]
    assert not set(phases) & set(ENDED)
    job.kill_supervisor()
    assert job.end().phase == "failed"
    job.nothing_is_left()


STARTER = """
import os, pickle, signal, sys
from longboat.backends.local import backend
from longboat.backends.local.pool import Pool
from longboat.records.layout import Home
def die(path, facts):
    print(facts.supervisor.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
backend.write_facts = die
home, pool, launch = pickle.load(sys.stdin.buffer)
backend.LocalBackend(Home(home), pool=Pool(pool), steward=()).start(launch)
"""


def test_a_starter_that_dies_before_the_record_has_started_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    """Its supervisor waits for the record and leaves without it; the next start is the first."""
    job = stage.job("say('x')")
    given = pickle.dumps((stage.home.path, tmp_path / "pool", job.launch))
    done = subprocess.run(
        [sys.executable, "-c", STARTER], input=given, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    until(lambda: identity.start_time(int(done.stdout)) is None, "the orphan has left")
    assert job.look().phase == "absent"
    assert stage.pool.usage()["cpu"].used == 0
    assert job.started().end().phase == "succeeded"
    assert job.log() == b"x\n"


def test_a_reboot_is_told_from_a_crash(stage: Stage) -> None:
    job = stage.job("say('x'); gate('go')").started()
    job.said("x")
    until(lambda: job.look().phase == "running")
    whole = job.attempt.supervisor.read_bytes()
    facts = job.facts()
    machine, _, namespace = facts.supervisor.host.split("/", 2)
    before = msgspec.structs.replace(facts.supervisor, host=f"{machine}/another-boot/{namespace}")
    write_facts(job.attempt.supervisor, msgspec.structs.replace(facts, supervisor=before))
    ended = job.look()
    assert ended.phase == "failed"
    assert ended.cause is not None and ended.cause.reason == "rebooted"
    assert job.processes(), "what runs now is not of the boot before"
    job.attempt.supervisor.write_bytes(whole)
    job.open("go")
    assert job.end().phase == "succeeded"


def test_another_hosts_attempt_is_left_as_it_was_seen(stage: Stage) -> None:
    job = stage.job("say('x')").started()
    job.end()
    facts = job.facts()
    elsewhere = msgspec.structs.replace(facts.supervisor, host="other@host/boot/pid:[1]")
    seen = msgspec.structs.replace(facts, supervisor=elsewhere, phase="running", ended=None)
    write_facts(job.attempt.supervisor, seen)
    assert job.look().phase == "running"
    assert read_facts(job.attempt.supervisor) == seen


def test_a_supervisor_told_to_leave_ends_its_attempt(stage: Stage) -> None:
    """SIGTERM without a request to stop: the machine shuts down, or somebody meddles."""
    job = stage.job(FAMILY + "hang()").started()
    job.said("ready")
    os.kill(job.facts().supervisor.pid, signal.SIGTERM)
    ended = job.end()
    assert ended.cause is not None and ended.cause.reason == "supervisor-lost"
    assert sleepers(job) == []


def test_an_end_rings_and_starts_a_steward_where_none_is(stage: Stage, tmp_path: Path) -> None:
    started = tmp_path / "started"
    backend = stage.backend()
    backend._steward = ("/usr/bin/touch", str(started))  # the stand-in for the command
    with Bell(stage.home.local) as bell:
        job = stage.job("")
        job.run.job.write_text("{}")
        lock = FileLock(stage.home.local / "steward.lock")
        assert lock.acquire()
        assert backend.start(job.launch) is None
        job.end()
        job.nothing_is_left()
        assert os.read(bell.fileno(), 100)
    assert not started.exists()
    lock.release()
    other = stage.job("")
    other.run.job.write_text("{}")
    assert backend.start(other.launch) is None
    until(started.exists, "a steward is started")


def test_a_stop_that_comes_before_the_supervisor_listens(stage: Stage) -> None:
    job = stage.job("hang()").started()
    os.kill(job.facts().supervisor.pid, signal.SIGSTOP)
    job.stop()
    os.kill(job.facts().supervisor.pid, signal.SIGCONT)
    assert job.end().phase == "stopped"
