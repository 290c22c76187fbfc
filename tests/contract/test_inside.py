"""What a replica finds around it, and what remains of what it writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from contract.place import Place
from contract.scenario import everyone
from contract.trial import Trial
from longboat.guest import wire

Make = Callable[..., Trial]
SECRET = "s3cr3t-d6f8a1b2c3"


def test_each_replica_knows_who_it_is(trial: Make) -> None:
    steps = everyone(["env", wire.JOB_ID], ["env", wire.ROLE], ["env", wire.ATTEMPT])
    job = trial(steps, workers=2).started()
    job.end()
    for index in (0, 1):
        lines = job.log(f"worker-{index}").decode().splitlines()
        assert lines == [
            f"{wire.JOB_ID}={job.id}",
            f"{wire.ROLE}=worker:{index}",
            f"{wire.ATTEMPT}=1",
        ]


def test_parameters_and_environment_arrive(trial: Make) -> None:
    parameters = {"lr": 0.1, "name": 'ünï "quoted"\n', "deep": {"a": [1, None, True]}}
    defaults = {"lr": 1.0, "name": "", "deep": {}, "untouched": 3}
    env = {"GREETING": "hello  world $HOME `x` 'y'", "EMPTY": ""}
    steps = everyone(["parameters", defaults], ["env", "GREETING"], ["env", "EMPTY"])
    job = trial(steps, parameters=parameters, env=env).started()
    assert job.end().phase == "succeeded"
    lines = job.log().decode().splitlines()
    assert json.loads(lines[0]) == {**defaults, **parameters}
    assert lines[1:] == ["GREETING=" + env["GREETING"], "EMPTY="]


def test_a_secret_is_seen_inside_and_nowhere_else(place: Place, trial: Make) -> None:
    steps = everyone(["digest", "TOKEN"], ["gate", "go"], ["fail", "ValueError", "boom"])
    job = trial(steps, workers=2, secrets={"TOKEN": SECRET}).started()
    digest = f"TOKEN {hashlib.sha256(SECRET.encode()).hexdigest()}"
    job.said(digest, "worker-0")
    job.said(digest, "worker-1")
    assert leaks(place) == []
    job.open("go")
    job.end()
    assert leaks(place) == []


def leaks(place: Place) -> list[str]:
    """Find the files under home, but for the secrets' folder, that hold the secret's value."""
    files = [path for path in place.home.path.rglob("*") if path.is_file()]
    outside = [path for path in files if not path.is_relative_to(place.home.secrets)]
    return [str(path) for path in outside if SECRET.encode() in path.read_bytes()]


def test_lines_are_in_the_log_while_it_runs(trial: Make) -> None:
    job = trial(everyone(["say", "out"], ["complain", "err"], ["gate", "go"])).started()
    job.said("out")
    job.said("err")
    assert job.log() == b"out\nerr\n"
    job.open("go")
    job.end()


def test_logs_are_whole(trial: Make) -> None:
    job = trial(everyone(["count", 20_000])).started()
    assert job.end().phase == "succeeded"
    assert job.log() == b"\n".join(b"line %07d" % i for i in range(20_000))


def test_logs_are_whole_when_it_is_killed(trial: Make) -> None:
    job = trial(everyone(["say", "the last words"], ["die", 9])).started()
    assert job.end().phase == "failed"
    assert job.log() == b"the last words\n"


def test_logs_hold_any_bytes(trial: Make) -> None:
    anything = bytes(range(256)) + b"\r 50%\r100%\n\x1b[31mred\x1b[0m\n"
    job = trial(everyone(["bytes", anything.hex()])).started()
    job.end()
    assert job.log() == anything


def test_what_is_reported_reaches_the_run_directory(trial: Make) -> None:
    steps = everyone(["report", {"step": 7, "loss": 0.25}], ["gate", "go"])
    job = trial(steps, workers=2).started()

    def reported(replica: str) -> list[dict[str, object]]:
        path = job.folder(replica).events
        events = wire.decode(path.read_bytes()) if path.exists() else ()
        return [event for event in events if event["kind"] == wire.METRICS]

    job.wait(lambda: reported("worker-0") and reported("worker-1"), "both have reported")
    job.open("go")
    job.end()
    for replica in ("worker-0", "worker-1"):
        (event,) = reported(replica)
        assert event["step"] == 7
        assert event["values"] == {"loss": 0.25}


def test_only_the_leaders_model_is_kept(trial: Make) -> None:
    steps = {
        "worker-0": [["write", "model", "weights", "of the leader"]],
        "*": [["write", "model", "weights", "of another"]],
    }
    job = trial(steps, workers=2).started()
    assert job.end().phase == "succeeded"
    kept = [path.read_text() for path in job.run.path.rglob("weights")]
    assert kept == ["of the leader"]
    assert (job.folder().model / "weights").exists()


def test_it_works_on_a_copy_of_the_snapshot(trial: Make) -> None:
    job = trial(everyone(["list", "work"], ["write", "work", "result.txt", "42"])).started()
    job.end()
    assert {"main.py", "player.py", "scenario.json"} <= set(job.log().decode().split())
    assert (job.folder().work / "result.txt").read_text() == "42"
    again = trial(everyone(["list", "work"])).started()
    again.end()
    assert b"result.txt" not in again.log()
