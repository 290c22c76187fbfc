"""What a form is told before there is a job: the notebook's parameters, and what would run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import convert
from msgspec.structs import replace

from longboat.cli.submit import changes, submit
from longboat.spec.job import JobSpec
from server_place import ServerPlace

CELLS = (
    "import longboat\np = longboat.params(lr=0.1, steps=3, name='a', deep=True)",
    "q = longboat.params(sizes=(3, 5), seen={1, 2}, most=1e999, seed=None, when=print())",
    "print(p.lr)",
)


@pytest.fixture(scope="module")
def notebook(server: ServerPlace) -> str:
    """A notebook with parameters in a folder of its own, and a file that it reads beside it."""
    server.write("planned/nb.ipynb", *CELLS)
    (server.folder / "planned/data.csv").write_text("1,2\n")
    return "planned/nb.ipynb"


def plan(server: ServerPlace, notebook: str, **asked: Any) -> Any:
    return server.api("POST", "plan", {"path": notebook, "cpu": 0.1, "memory": "64M", **asked})


def snapshots(server: ServerPlace) -> set[Path]:
    return set(server.client.engine.home.snapshots.rglob("*"))


def test_a_notebook_says_what_it_declares(server: ServerPlace, notebook: str) -> None:
    found = server.api("GET", f"notebook?path={notebook}").body
    assert found["parameters"] == [
        {"name": "lr", "kind": "number", "default": 0.1},
        {"name": "steps", "kind": "whole", "default": 3},
        {"name": "name", "kind": "text", "default": "a"},
        {"name": "deep", "kind": "switch", "default": True},
        {"name": "sizes", "kind": "json", "default": [3, 5]},
        {"name": "seen", "kind": "computed", "default": None},
        {"name": "most", "kind": "computed", "default": None},
        {"name": "seed", "kind": "any", "default": None},
        {"name": "when", "kind": "computed", "default": None},
    ]
    assert (found["kind"], found["open"]) == ("notebook", False)
    assert {"path": "data.csv", "size": 4} in found["travels"]["files"]


def test_what_cannot_travel_is_not_in_the_way_of_the_parameters(server: ServerPlace) -> None:
    server.write("large/nb.ipynb", CELLS[0])
    (server.folder / "large/longboat.py").write_bytes(b"#" * 60_000_000)  # a module that it imports
    found = server.api("GET", "notebook?path=large/nb.ipynb").body
    assert found["travels"] is None
    assert found["parameters"]
    refused = server.api("POST", "plan", {"path": "large/nb.ipynb"})
    assert refused.status in (413, 422)
    assert "60.0 MB" in refused.body["message"]


def test_a_plan_says_what_travels_and_changes_nothing(server: ServerPlace, notebook: str) -> None:
    jobs, stored = server.api("GET", "jobs").body, snapshots(server)
    found = plan(server, notebook, workers="2", parameters=["steps=5"]).body
    assert {"path": "data.csv", "size": 4} in found["travels"]["files"]
    assert found["travels"]["count"] == 2 and found["travels"]["size"] > 4
    assert found["spec"]["parameters"] == {"steps": 5} and found["spec"]["workers"] == 2
    assert found["shell"] == (
        "longboat submit planned/nb.ipynb --workers 2 --cpu 0.1 --memory 64M -p steps=5"
    )
    assert found["python"] == (
        "import longboat\n\n"
        "job = longboat.submit(\n    'planned/nb.ipynb',\n    workers=2,\n    cpu=0.1,\n"
        "    memory='64M',\n    parameters={'steps': 5},\n)\n"
    )
    assert found["yaml"] is None
    assert server.api("GET", "jobs").body == jobs
    assert snapshots(server) == stored


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"parameters": ["lr=high"]}, {"parameters.lr"}),
        ({"parameters": ["nothing=1"]}, {"parameters.nothing"}),
        ({"parameters": 3}, {"parameters"}),
        ({"workers": "x", "memory": "much"}, {"workers", "memory"}),
        ({"secrets": ["NOT_SET_HERE"]}, {"secrets"}),
        ({"env": ["A"]}, {"env"}),
        ({"on": "nowhere"}, {"backend"}),
        ({"requirements": "absent.txt"}, {"requirements"}),
        ({"requirements": "../../outside.txt"}, {"requirements"}),
        ({"requirements": 3}, {"requirements"}),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    server: ServerPlace, notebook: str, asked: dict[str, Any], fields: set[str]
) -> None:
    answer = plan(server, notebook, **asked)
    assert answer.status == 422
    assert {problem["field"] for problem in answer.body["problems"]} == fields


@pytest.mark.parametrize("path", ["", "absent.ipynb", "../outside.ipynb", "planned/data.csv"])
def test_what_is_no_notebook_is_refused(server: ServerPlace, notebook: str, path: str) -> None:
    assert server.api("GET", f"notebook?path={path}").status == 422


def test_requirements_are_not_installed_by_looking(server: ServerPlace, notebook: str) -> None:
    (server.folder / "planned/needs.txt").write_text("no-such-package\n")
    found = plan(server, notebook, requirements="needs.txt").body
    assert found["spec"]["requirements"] == ["no-such-package"]
    (server.folder / "planned/needs.txt").write_text("--index-url nowhere\n")
    answer = plan(server, notebook, requirements="needs.txt")
    assert [problem["field"] for problem in answer.body["problems"]] == ["requirements"]


def test_the_line_for_a_shell_asks_for_the_same(
    server: ServerPlace, notebook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (server.folder / "planned/needs.txt").write_text("no-such-package\n")
    (server.folder / "planned/a b.txt").write_text("beside")
    answer = plan(
        server,
        notebook,
        name="said",
        ps="1",
        evaluator=False,
        parameters=["lr=1", "name=0.5", "deep=false", "sizes=[1]", "seed=it's"],
        env=["SIZE=1", "WORDS=two words", "EMPTY="],
        secrets=["HOME"],
        files=["*.csv", "a b.txt"],
        requirements="needs.txt",
        model="other",
        deadline="2h",
        retries="3",
    )
    assert answer.status == 200, answer.body
    found = answer.body
    monkeypatch.chdir(server.folder)
    program, command, *words = shlex.split(found["shell"])
    given = dict(submit.make_context("submit", words).params)
    for name in ("wait", "follow", "dry_run", "as_json"):
        assert given.pop(name) is False
    assert (program, command) == ("longboat", "submit")
    said = server.client.look(given.pop("entry"), **changes(given))
    # One interpreter has several names, and the tests may run under another of them.
    assert convert(found["spec"], JobSpec) == replace(said.spec, python=found["spec"]["python"])


@pytest.fixture
def team(server: ServerPlace) -> Iterator[str]:
    """A cluster that need not be asked what it has, to be told what it would be given."""
    file = server.client.engine.home.path / "clusters.toml"
    file.write_text(
        '[team]\nnamespace = "ml"\nengine = "trainjob"\nelastic = true\nimage = "a/trainer:1"\n'
    )
    yield "team"
    file.unlink()


def test_a_mistake_in_the_list_of_clusters_is_told(server: ServerPlace, team: str) -> None:
    assert server.api("GET", "place").body["mistake"] is None
    (server.client.engine.home.path / "clusters.toml").write_text("[team]\nnonsense = 3\n")
    found = server.api("GET", "place").body
    assert "nonsense" in found["mistake"]
    assert "local" in found["backends"]


def test_for_a_cluster_it_is_also_yaml(server: ServerPlace, notebook: str, team: str) -> None:
    found = plan(server, notebook, on=team, image="b/trainer:2").body
    kinds = {each["kind"] for each in yaml.safe_load_all(found["yaml"])}
    assert {"TrainJob", "TrainingRuntime", "Secret"} <= kinds
    assert "b/trainer:2" in found["yaml"]
    assert found["spec"]["python"] is None
    assert found["shell"].endswith("--on team --image b/trainer:2")
