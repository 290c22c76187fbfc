"""``longboat submit --dry-run``: what would run is said, and nothing of it is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from render_tools import NAME, POLICY, TRAIN_JOB

from longboat.api import Client
from longboat.cli import submit
from longboat.cli.main import run
from longboat.cli.plan_page import difference_line
from longboat.jobs.differences import asked_differences
from longboat.jobs.submission import Plan
from longboat.spec.job import JobSpec, Resources

MANIFESTS = [POLICY, TRAIN_JOB]


class Rendering(Client):
    """A client whose plans would create ``MANIFESTS``, or nothing."""

    created: list[dict[str, Any]] | None = None

    def manifests(self, plan: Plan) -> list[dict[str, Any]] | None:
        assert plan.spec.entry == "main.py"
        return self.created


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rendering:
    here = Rendering(tmp_path / "home")
    monkeypatch.setattr(submit, "client", lambda: here)
    return here


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "sources" / "main.py"
    path.parent.mkdir()
    path.write_text("print(42)\n")
    return str(path)


def test_on_this_machine_sentences_say_what_would_run(
    client: Rendering, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["submit", script, "--dry-run"]) == 0
    told = capsys.readouterr()
    assert "main.py travels in a snapshot of 1 file" in told.out
    assert "It runs as worker-0" in told.out
    assert told.err == ""
    assert client.jobs() == []


def test_on_a_cluster_its_objects_are_alone_on_standard_output(
    client: Rendering, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client.created = MANIFESTS
    assert run(["submit", script, "--dry-run"]) == 0
    told = capsys.readouterr()
    assert list(yaml.safe_load_all(told.out)) == MANIFESTS
    assert "&id" not in told.out
    assert told.out.index("apiVersion") < told.out.index(f"name: {NAME}")
    assert "longboat: main.py travels in a snapshot of 1 file" in told.err
    assert client.jobs() == []


def test_again_shows_what_is_other_than_it_was() -> None:
    small, large = Resources(cpu=0.5, memory=1 << 30), Resources(cpu=2.0, memory=2 << 30)
    common = {"name": "digits", "entry": "digits.ipynb", "kind": "notebook", "model": "digits"}
    here = JobSpec(**common, resources=small, python="/opt/python", parameters={"epochs": 2})
    changed: dict[str, Any] = {"parameters": {"epochs": 9}, "env": {"MODE": "fast"}}
    there = JobSpec(**common, resources=large, backend="team", **changed)
    assert [difference_line(each) for each in asked_differences(here, there)] == [
        "python: /opt/python → the default",
        "backend: local → team",
        "cpu: 0.5 → 2.0",
        "memory: 1 GiB → 2 GiB",
        "parameters.epochs: 2 → 9",
        "env.MODE: none → fast",
    ]
    assert asked_differences(here, here) == []


@pytest.mark.parametrize("created", [None, MANIFESTS])
def test_json_has_the_plan_and_the_objects(
    client: Rendering,
    script: str,
    created: list[dict[str, Any]] | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client.created = created
    assert run(["submit", script, "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["manifests"] == created
    assert told["spec"]["entry"] == "main.py"
    assert [file["path"] for file in told["files"]] == ["main.py"]
    assert client.jobs() == []
