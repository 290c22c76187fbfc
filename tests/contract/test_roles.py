"""Parameter servers and evaluators: when they end, and what their end means."""

from __future__ import annotations

from collections.abc import Callable

from contract.scenario import everyone
from contract.trial import Trial, cause, replica, states
from longboat.guest import wire

Make = Callable[..., Trial]
SERVED = {"chief": True, "workers": 1, "ps": 1}


def test_each_replica_of_each_role_knows_who_it_is(trial: Make) -> None:
    for wanted in (SERVED, {"evaluator": True}):
        job = trial(everyone(["env", wire.ROLE]), **wanted).started()
        ended = job.end()
        assert ended.phase == "succeeded"
        assert [each.replica for each in ended.replicas] == list(job.spec.replicas)
        for name in states(ended):
            role = name.replace("-", ":")
            assert job.log(name).decode() == f"{wire.ROLE}={role}\n"


def test_servers_end_when_the_chief_has_succeeded(trial: Make) -> None:
    steps = {"chief-0": [["gate", "go"]], "*": [["say", "I serve"], ["hang"]]}
    job = trial(steps, **SERVED).started()
    job.said("I serve", "worker-0")
    job.said("I serve", "ps-0")
    job.open("go")
    ended = job.end()
    assert ended.phase == "succeeded"
    assert states(ended) == {"chief-0": "succeeded", "worker-0": "stopped", "ps-0": "stopped"}
    job.nothing_is_left()


def test_a_failed_server_fails_the_job_and_is_named(trial: Make) -> None:
    steps = {"ps-0": [["gate", "go"], ["exit", 3]], "*": [["say", "ready"], ["hang"]]}
    job = trial(steps, **SERVED).started()
    job.said("ready", "chief-0")
    job.said("ready", "worker-0")
    job.open("go")
    ended = job.end()
    assert ended.phase == "failed"
    assert cause(ended).reason == "exit-code"
    assert cause(ended).details.items() >= {"replica": "ps-0", "code": 3}.items()
    assert states(ended) == {"chief-0": "stopped", "worker-0": "stopped", "ps-0": "failed"}
    job.nothing_is_left()


def test_a_failed_chief_ends_its_servers(trial: Make) -> None:
    steps = {"chief-0": [["gate", "go"], ["exit", 3]], "*": [["say", "ready"], ["hang"]]}
    job = trial(steps, **SERVED).started()
    job.said("ready", "ps-0")
    job.said("ready", "worker-0")
    job.open("go")
    ended = job.end()
    assert (ended.phase, cause(ended).details["replica"]) == ("failed", "chief-0")
    assert states(ended) == {"chief-0": "failed", "worker-0": "stopped", "ps-0": "stopped"}
    job.nothing_is_left()


def test_an_evaluator_may_finish_after_the_others(trial: Make) -> None:
    steps = {
        "worker-0": [["write", "checkpoint", "last", "1"]],
        "evaluator-0": [
            *(["gate", "last"], ["gate", "go"]),
            *(["report", {"step": 1, "accuracy": 0.5}], ["say", "done"]),
        ],
    }
    job = trial(steps, evaluator=True).started()
    job.wait(lambda: states(job.look()).get("worker-0") == "succeeded", "the leader has ended")
    assert job.look().phase == "running"
    job.open("go")
    ended = job.end()
    assert ended.phase == "succeeded"
    assert states(ended) == {"worker-0": "succeeded", "evaluator-0": "succeeded"}
    assert job.log("evaluator-0") == b"done\n"
    events = wire.decode(job.folder("evaluator-0").events.read_bytes())
    reported = [event["values"] for event in events if event["kind"] == wire.METRICS]
    assert reported == [{"accuracy": 0.5}]


def test_an_evaluators_failure_neither_ends_nor_fails_the_job(trial: Make) -> None:
    steps = {"worker-0": [["gate", "go"], ["say", "trained"]], "evaluator-0": [["exit", 3]]}
    job = trial(steps, evaluator=True).started()
    job.wait(lambda: states(job.look()).get("evaluator-0") == "failed", "the evaluator has failed")
    assert replica(job.look(), "evaluator-0").exit_code == 3
    assert states(job.look())["worker-0"] == "running"
    job.open("go")
    ended = job.end()
    assert (ended.phase, ended.cause) == ("succeeded", None)
    assert states(ended) == {"worker-0": "succeeded", "evaluator-0": "failed"}
    assert job.log() == b"trained\n"


def test_a_failure_ends_the_evaluator_at_once(trial: Make) -> None:
    steps = {"worker-0": [["gate", "go"], ["exit", 3]], "*": [["say", "ready"], ["hang"]]}
    job = trial(steps, evaluator=True).started()
    job.said("ready", "evaluator-0")
    job.open("go")
    ended = job.end()
    assert (ended.phase, cause(ended).details["replica"]) == ("failed", "worker-0")
    assert states(ended) == {"worker-0": "failed", "evaluator-0": "stopped"}
    job.nothing_is_left()


def test_a_stop_ends_an_evaluator_that_finishes(trial: Make) -> None:
    job = trial({"evaluator-0": [["say", "ready"], ["hang"]]}, evaluator=True).started()
    job.said("ready", "evaluator-0")
    job.wait(lambda: states(job.look())["worker-0"] == "succeeded", "the leader has ended")
    job.backend.stop(job.ref())
    assert job.end().phase == "succeeded", "the leader had done the job's work before"
    job.nothing_is_left()
