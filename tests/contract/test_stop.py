"""Stop and clean may come at any moment, any number of times."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.place import Place
from contract.scenario import everyone
from contract.trial import Trial, states

Make = Callable[..., Trial]


def stop(job: Trial) -> None:
    job.backend.stop(job.ref())


def test_a_running_attempt_stops(trial: Make) -> None:
    job = trial(everyone(["say", "ready"], ["hang"]), workers=2).started()
    job.said("ready", "worker-0")
    job.said("ready", "worker-1")
    stop(job)
    stop(job)
    ended = job.end()
    assert ended.phase == "stopped"
    assert states(ended) == {"worker-0": "stopped", "worker-1": "stopped"}
    stop(job)
    assert job.look() == ended
    job.nothing_is_left()


def test_one_that_is_starting_stops(trial: Make) -> None:
    job = trial(everyone(["hang"])).started()
    stop(job)
    assert job.end().phase == "stopped"
    job.nothing_is_left()


def test_one_that_ignores_sigterm_is_killed(trial: Make) -> None:
    job = trial(everyone(["deaf"], ["fork"], ["say", "ready"], ["hang"])).started()
    job.said("ready")
    stop(job)
    assert job.end().phase == "stopped"
    job.nothing_is_left()


def test_one_that_tidies_up_on_sigterm_has_time_for_it(trial: Make) -> None:
    job = trial(everyone(["on_term", 0], ["say", "ready"], ["hang"])).started()
    job.said("ready")
    stop(job)
    assert job.end().phase == "stopped", "a stop was asked for, whatever the exit code"


def test_stopping_what_was_never_started_changes_nothing(place: Place, trial: Make) -> None:
    job = trial(everyone(["say", "hello"]))
    stop(job)
    assert job.look().phase == "absent"
    assert place.survivors(job.id) == []
    job.started()
    assert job.end().phase == "succeeded"


@pytest.mark.parametrize(("step", "phase"), [(["exit", 0], "succeeded"), (["exit", 3], "failed")])
def test_stopping_what_has_ended_changes_nothing(
    trial: Make, step: list[object], phase: str
) -> None:
    job = trial(everyone(step)).started()
    ended = job.end()
    stop(job)
    assert ended.phase == phase
    assert job.look() == ended


def test_a_stop_during_the_grace_of_workers_ends_them(trial: Make) -> None:
    steps = {"worker-0": [["say", "done"]], "worker-1": [["say", "ready"], ["hang"]]}
    job = trial(steps, workers=2).started()
    job.said("ready", "worker-1")
    job.wait(lambda: states(job.look())["worker-0"] == "succeeded", "the leader has ended")
    stop(job)
    assert job.end().phase == "succeeded", "the leader had done the job's work before"
    job.nothing_is_left()


def test_cleaning_leaves_the_run_directory_and_nothing_else(trial: Make) -> None:
    job = trial(everyone(["say", "hello"], ["write", "model", "weights", "1"])).started()
    job.end()
    job.backend.clean(job.ref())
    job.backend.clean(job.ref())
    assert job.look().phase == "absent"
    assert job.log() == b"hello\n"
    assert (job.folder().model / "weights").read_text() == "1"
    stop(job)
    assert job.look().phase == "absent"
    job.nothing_is_left()


def test_cleaning_what_was_never_started_changes_nothing(trial: Make) -> None:
    job = trial(everyone())
    job.backend.clean(job.ref())
    assert job.look().phase == "absent"
    assert job.started().end().phase == "succeeded"


def test_what_a_replica_leaves_behind_is_ended_with_it(trial: Make) -> None:
    job = trial(everyone(["fork"], ["say", "done"])).started()
    assert job.end().phase == "succeeded"
    assert b"grandchild" in job.log()
    job.nothing_is_left()
