"""When an attempt has succeeded or failed, and what is named as the cause."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable

import pytest

from contract.scenario import Step, everyone
from contract.trial import MIB, Trial, cause, replica, states

Make = Callable[..., Trial]
RAISED = {"ename": "ValueError", "evalue": "boom"}


def test_it_succeeds_when_the_leader_exits_with_0(trial: Make) -> None:
    job = trial(everyone(["say", "done"])).started()
    ended = job.end()
    assert ended.phase == "succeeded" and ended.cause is None
    assert states(ended) == {"worker-0": "succeeded"}
    assert replica(ended, "worker-0").exit_code == 0
    job.nothing_is_left()


@pytest.mark.parametrize(
    ("step", "code", "reason", "details"),
    [
        (["exit", 3], 3, "exit-code", {"code": 3}),
        (["exit", 255], 255, "exit-code", {"code": 255}),
        (["die", 9], -9, "killed", {"signal": 9}),
        (["die", 11], -11, "killed", {"signal": 11}),
        (["die", int(signal.SIGTERM)], -15, "killed", {"signal": 15}),
        (["fail", "ValueError", "boom"], 1, "script-failed", RAISED),
        (["need", "no_such_module"], 1, "import-missing", {"module": "no_such_module"}),
    ],
)  # fmt: skip
def test_a_script_fails_with_its_cause(
    trial: Make, step: Step, code: int, reason: str, details: dict[str, object]
) -> None:
    job = trial(everyone(["say", "before"], step)).started()
    ended = job.end()
    assert ended.phase == "failed"
    assert cause(ended).reason == reason
    assert cause(ended).details.items() >= {"replica": "worker-0", **details}.items()
    assert replica(ended, "worker-0").exit_code == code
    assert states(ended) == {"worker-0": "failed"}
    assert job.log().startswith(b"before\n")
    job.nothing_is_left()


def test_a_failed_cell_is_named(trial: Make) -> None:
    steps = everyone(["say", "one"], ["fail", "ValueError", "boom"], ["say", "never"])
    job = trial(steps, entry="main.ipynb").started()
    ended = job.end()
    assert ended.phase == "failed"
    assert cause(ended).reason == "cell-failed"
    named = {"replica": "worker-0", "cell": 3, **RAISED}
    assert cause(ended).details.items() >= named.items()
    assert b"one\n" in job.log() and b"never" not in job.log()
    assert json.loads(job.folder().status.read_bytes())["state"] == "failed"


def test_a_notebook_succeeds(trial: Make) -> None:
    job = trial(everyone(["say", "one"], ["say", "two"]), entry="main.ipynb").started()
    assert job.end().phase == "succeeded"
    assert job.log() == b"one\ntwo\n"
    assert json.loads(job.folder().status.read_bytes())["state"] == "succeeded"


def test_more_memory_than_asked_for_ends_it(trial: Make) -> None:
    job = trial(everyone(["say", "eat"], ["allocate", 700 * MIB], ["hang"])).started()
    ended = job.end()
    assert ended.phase == "failed"
    assert cause(ended).reason == "out-of-memory"
    details = cause(ended).details
    assert details["replica"] == "worker-0"
    assert details["limit"] == job.spec.resources.memory
    assert int(details["used"]) >= job.spec.resources.memory
    job.nothing_is_left()


def test_a_failed_worker_fails_the_job_and_the_others_are_stopped(trial: Make) -> None:
    steps = {"worker-1": [["gate", "go"], ["exit", 3]], "*": [["say", "hello"], ["hang"]]}
    job = trial(steps, workers=3).started()
    job.said("hello", "worker-0")
    job.said("hello", "worker-2")
    job.open("go")
    ended = job.end()
    assert ended.phase == "failed"
    assert cause(ended).reason == "exit-code"
    assert cause(ended).details.items() >= {"replica": "worker-1", "code": 3}.items()
    assert states(ended) == {"worker-0": "stopped", "worker-1": "failed", "worker-2": "stopped"}
    job.nothing_is_left()


def test_the_first_failure_is_the_cause_not_what_it_set_off(trial: Make) -> None:
    steps = {
        "worker-0": [["on_term", 4], ["say", "ready"], ["hang"]],
        "worker-1": [["gate", "go"], ["fail", "ValueError", "boom"]],
    }
    job = trial(steps, workers=2).started()
    job.said("ready")
    job.open("go")
    ended = job.end()
    assert cause(ended).details["replica"] == "worker-1"
    assert cause(ended).reason == "script-failed"


def test_workers_that_end_within_the_grace_have_succeeded(trial: Make) -> None:
    steps = {"worker-0": [["say", "done"]], "worker-1": [["gate", "go"], ["say", "last"]]}
    job = trial(steps, workers=2).started()
    job.wait(lambda: states(job.look()).get("worker-0") == "succeeded", "the leader has ended")
    assert job.look().phase == "running"
    job.open("go")
    ended = job.end()
    assert ended.phase == "succeeded"
    assert states(ended) == {"worker-0": "succeeded", "worker-1": "succeeded"}
    assert job.log("worker-1") == b"last\n"


def test_workers_that_outlast_the_grace_are_stopped(trial: Make) -> None:
    steps = {"worker-0": [["gate", "go"]], "worker-1": [["say", "ready"], ["hang"]]}
    job = trial(steps, workers=2).started()
    job.said("ready", "worker-1")
    job.open("go")
    ended = job.end()
    assert ended.phase == "succeeded"
    assert states(ended) == {"worker-0": "succeeded", "worker-1": "stopped"}
    job.nothing_is_left()


def test_a_chief_leads(trial: Make) -> None:
    steps = {"chief-0": [["say", "I lead"]], "*": [["say", "I follow"]]}
    job = trial(steps, chief=True, workers=1).started()
    ended = job.end()
    assert ended.phase == "succeeded"
    assert [str(status.replica) for status in ended.replicas] == ["chief-0", "worker-0"]
    assert job.log("chief-0") == b"I lead\n"
    assert job.log("worker-0") == b"I follow\n"
