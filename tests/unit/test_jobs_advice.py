"""What is said of memory at a submit, by what jobs of the same name needed before."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from records_tools import record

from longboat.api import Client
from longboat.cli.main import run
from longboat.explain.words import enough_memory
from longboat.jobs.advice import checkpoint_advice, memory_advice
from longboat.records.index import Entry
from longboat.records.status import JobStatus, ReplicaStatus
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import Resources
from longboat.spec.quantities import parse_memory

GIB = 1 << 30


def entry(limit: float, *peaks: float | None, state: str = "succeeded", reason: str = "") -> Entry:
    """A job with a limit, and what its replicas needed at most, in GiB."""
    made = record("a" * 10)
    spec = replace(made.spec, resources=Resources(0.1, int(limit * GIB)))
    replicas = tuple(
        ReplicaStatus("worker", index, "succeeded", 0, None if peak is None else int(peak * GIB))
        for index, peak in enumerate(peaks)
    )
    status = JobStatus(state=state, reason=reason, replicas=replicas, settled=True)  # type: ignore[arg-type]
    return Entry(replace(made, spec=spec), status)


OOM = {"state": "failed", "reason": "out-of-memory"}


@pytest.mark.parametrize(
    ("asked", "earlier", "said"),
    [
        (8, [entry(8, 1.3)], "needed at most 1.3 GiB; you ask for 8 GiB. --memory 1.8G leaves"),
        (8, [entry(4, 0.2, 1.3)], "at most 1.3 GiB"),
        (8, [entry(8, None), entry(8, 1.3)], "at most 1.3 GiB"),
        (8, [entry(8, 0.1, state="running"), entry(8, 1.3)], "at most 1.3 GiB"),
        (2, [entry(2, 1.9)], "needed 1.9 GiB, nearly all it had; now it has 2 GiB. .*--memory 3G$"),
        (1, [entry(2, 1.9)], "now it has 1 GiB. Ask for more: --memory 3G"),
        (2, [entry(2, **OOM)], "was ended for want of memory; now it has 2 GiB. .*--memory 3G$"),
        (2, [entry(2, 2.4, **OOM)], "ended for want of memory.*--memory 4G"),
    ],
)
def test_what_is_far_off_is_told(asked: float, earlier: Sequence[Entry], said: str) -> None:

    advice = memory_advice(int(asked * GIB), earlier, by_default=False)
    assert advice is not None and re.search(said, advice), advice


@pytest.mark.parametrize(
    ("asked", "earlier"),
    [
        (8, []),
        (8, [entry(8, None)]),
        (8, [entry(8, 5)]),
        (0.5, [entry(0.5, 0.1)]),
        (8, [entry(8, 0.3, state="failed", reason="cell-failed")]),
        (8, [entry(8, 0.3, state="stopped", reason="stopped-by-user")]),
        (4, [entry(2, 1.9)]),
        (4, [entry(2, **OOM)]),
        (8, [entry(8, 6), entry(8, 0.3)]),
    ],
)
def test_what_is_about_right_or_not_known_is_not(asked: float, earlier: Sequence[Entry]) -> None:
    assert memory_advice(int(asked * GIB), earlier, by_default=False) is None


def test_a_default_that_is_too_much_is_nobodys_mistake_and_too_little_is_told() -> None:
    assert memory_advice(2 * GIB, [entry(2, 0.3)], by_default=True) is None
    assert memory_advice(2 * GIB, [entry(2, 1.9)], by_default=True) is not None


@pytest.mark.parametrize("needed", [1, 10**8, 8 * 10**8, 9 * 10**8, int(1.3 * GIB), 50 * GIB])
def test_what_is_advised_is_enough_and_can_be_typed(needed: int) -> None:
    assert parse_memory(enough_memory(needed)) >= 1.2 * needed


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A script whose last job has needed 300 MiB of the 2 GiB that it had."""
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path / "home"))
    path = tmp_path / "work" / "digits.py"
    path.parent.mkdir()
    path.write_text("print(42)\n")
    store = Client().engine.store
    last = entry(2, 0.3)
    store.create(last.record, {}, None)
    store.write_status(last.record.id, last.status)
    return str(path)


def test_the_command_says_it_on_standard_error_and_in_json(
    script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    submit = ["submit", script, "--memory", "1500M", "--dry-run"]
    assert run(submit) == 0
    told = capsys.readouterr()
    assert "Last time it needed at most 307.2 MiB" in told.err
    assert "Last time" not in told.out
    assert run([*submit, "--json"]) == 0
    told = capsys.readouterr()
    (advice,) = json.loads(told.out)["advice"]
    assert "you ask for 1.4 GiB" in advice and told.err == ""
    assert run(["submit", script, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["advice"] == []


def test_the_page_of_a_job_says_what_it_needed_of_what_it_had(
    script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["status", "digits"]) == 0
    assert "needed 307.2 MiB of 2 GiB memory" in capsys.readouterr().out
    assert run(["status", "digits", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["resources"]["memory"] == 2 * GIB
    assert told["replicas"][0]["memory_peak"] == int(0.3 * GIB)


def test_checkpoints_that_no_volume_keeps_are_told() -> None:
    spec = replace(record("a" * 10).spec, backend="team")
    told = checkpoint_advice(spec, ClusterConfig(name="team"))
    assert told is not None
    assert "On team checkpoints are lost with the pod" in told and "--volume" in told
    assert checkpoint_advice(spec, ClusterConfig(name="team", volume="shared")) is None
    assert checkpoint_advice(replace(spec, volume="mine"), ClusterConfig(name="team")) is None


def test_it_is_told_to_whoever_asks_for_the_folder(tmp_path: Path) -> None:
    client = Client(tmp_path / "home")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "clusters.toml").write_text('[team]\nimage = "i"\n')
    for code, writes in (("print(longboat.checkpoint_dir())", True), ("print(1)", False)):
        (tmp_path / "script.py").write_text(code)
        plan = client.plan(tmp_path / "script.py")
        assert plan.writes_checkpoints == writes
        there = replace(plan.spec, backend="team")
        assert bool(client.advice(there, writes_checkpoints=writes)) == writes
        assert client.advice(plan.spec, writes_checkpoints=True) == []
