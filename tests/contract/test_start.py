"""An attempt is accepted once, whole or not at all, and needs nobody afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.place import Place
from contract.scenario import everyone
from contract.trial import MIB, Trial, cause, replica, states
from longboat.backends.base import AttemptRef
from longboat.spec.job import Resources

Make = Callable[..., Trial]
HELD = everyone(["say", "hello"], ["gate", "go"])


def sized(cpu: float) -> Resources:
    return Resources(cpu=round(cpu, 1), memory=128 * MIB)


def test_phases_come_in_order_and_the_last_one_stays(trial: Make) -> None:
    job = trial(HELD)
    assert job.look().phase == "absent"
    job.started()
    first = job.look()
    assert first.phase in ("starting", "running"), "never absent once it is accepted"
    assert states(first).keys() == {"worker-0"}
    running = job.until("running")
    assert running.started is not None and running.ended is None
    assert running.cause is None
    job.open("go")
    ended = job.end()
    assert ended.phase == "succeeded"
    assert ended.started is not None and ended.ended is not None
    assert ended.started <= ended.ended
    assert job.look() == ended


def test_it_is_not_running_before_a_replica_runs_the_script(trial: Make) -> None:
    job = trial(HELD).started()
    seen = job.until("running")
    assert states(seen) == {"worker-0": "running"}
    job.said("hello")
    job.open("go")
    job.end()


def test_starting_twice_is_starting_once(trial: Make) -> None:
    job = trial(HELD).started()
    assert job.start() is None
    job.said("hello")
    assert job.start() is None
    job.open("go")
    ended = job.end()
    assert job.start() is None, "also when it has ended"
    assert job.look() == ended
    assert job.log() == b"hello\n"


def test_starting_from_two_sides_at_once_is_starting_once(trial: Make) -> None:
    job = trial(HELD)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: job.start(), range(4)))
    assert None in answers, answers
    job.said("hello")
    job.open("go")
    assert job.end().phase == "succeeded"
    assert job.log() == b"hello\n"


def test_the_caller_may_die_at_once(place: Place, trial: Make) -> None:
    job = trial(HELD)
    place.start_and_die(job.launch())
    job.said("hello")
    assert job.until("running").phase == "running"
    job.open("go")
    assert job.end().phase == "succeeded"


def test_what_is_missing_is_said_and_nothing_of_it_exists(place: Place, trial: Make) -> None:
    cores = place.capacity.cpu
    holder = trial(HELD, resources=sized(cores)).started()
    # A cluster places in any order what is accepted and has no place yet.
    holder.until("running")
    job = trial(HELD, resources=sized(0.5))
    why = job.waits()
    assert why.details["resource"] == "cpu"
    assert why.details["wanted"] == pytest.approx(0.5)
    # A cluster does not tell everybody what is free.
    assert why.details.get("free", 0) == pytest.approx(0)
    assert why.details.get("total", cores) == pytest.approx(cores)
    holder.until("running")
    holder.open("go")
    holder.end()
    assert job.start() is None
    job.open("go")
    assert job.end().phase == "succeeded"


def test_all_replicas_or_none(place: Place, trial: Make) -> None:
    cores = place.capacity.cpu
    holder = trial(HELD, resources=sized(cores * 0.6)).started()
    holder.until("running")
    pair = trial(HELD, workers=2, resources=sized(cores * 0.3))
    assert pair.waits().details["resource"] == "cpu"
    small = trial(everyone(), resources=sized(cores * 0.4))
    assert small.start() is None, "the pair that waits holds nothing"
    small.end()
    holder.open("go")
    holder.end()
    assert pair.start() is None
    pair.open("go")
    assert pair.end().phase == "succeeded"


def test_what_was_held_is_free_at_the_end(place: Place, trial: Make) -> None:
    for scenario in (everyone(), everyone(["exit", 3]), everyone(["fork"], ["die", 9])):
        job = trial(scenario, resources=sized(place.capacity.cpu)).started()
        job.end()
    stopped = trial(everyone(["hang"]), resources=sized(place.capacity.cpu)).started()
    stopped.backend.stop(stopped.ref())
    stopped.end()
    assert trial(everyone(), resources=sized(place.capacity.cpu)).started().end()


def test_many_are_seen_in_one_look(place: Place, trial: Make) -> None:
    done, failed, held = trial(everyone()), trial(everyone(["exit", 3])), trial(HELD)
    for job in (done, failed, held):
        job.started()
    done.end()
    failed.end()
    held.until("running")
    unknown = AttemptRef("j99999", 1)
    seen = place.backend().observe([held.ref(), unknown, done.ref(), failed.ref(), held.ref(2)])
    assert {ref: found.phase for ref, found in seen.items()} == {
        done.ref(): "succeeded",
        failed.ref(): "failed",
        held.ref(): "running",
        held.ref(2): "absent",
        unknown: "absent",
    }
    assert cause(seen[failed.ref()]).details["code"] == 3
    assert place.backend().observe([]) == {}
    held.open("go")
    held.end()


def test_attempts_of_different_jobs_do_not_mix(trial: Make) -> None:
    jobs = [trial(everyone(["say", f"I am {i}"], ["gate", "go"]), workers=2) for i in range(2)]
    for job in jobs:
        job.started()
    for number, job in enumerate(jobs):
        job.said(f"I am {number}", "worker-0")
        job.said(f"I am {number}", "worker-1")
    first, second = jobs
    first.backend.stop(first.ref())
    assert first.end().phase == "stopped"
    assert second.look().phase == "running"
    second.open("go")
    assert second.end().phase == "succeeded"
    first.backend.clean(first.ref())
    assert second.look().phase == "succeeded"
    assert second.log("worker-1") == b"I am 1\n"


def test_a_second_attempt_stands_beside_the_first(trial: Make) -> None:
    job = trial(
        everyone(
            ["env", "LONGBOAT_ATTEMPT"],
            ["list", "checkpoint"],
            ["write", "checkpoint", "epoch-1", "1"],
            ["gate", "go"],
            ["exit", 3],
        )
    )
    job.open("go")
    assert job.started().end().phase == "failed"
    assert job.start(attempt=2) is None
    assert job.end(attempt=2).phase == "failed"
    assert job.log(attempt=1).splitlines() == [b"LONGBOAT_ATTEMPT=1", b"checkpoint go"]
    assert job.log(attempt=2).splitlines() == [b"LONGBOAT_ATTEMPT=2", b"checkpoint epoch-1 go"]
    job.backend.clean(job.ref(1))
    assert job.look(1).phase == "absent"
    assert replica(job.look(2), "worker-0").exit_code == 3
