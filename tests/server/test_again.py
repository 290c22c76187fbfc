"""A job once more, by HTTP: what it was asked for, and what changes to that would run."""

from __future__ import annotations

from typing import Any

import pytest

from server_place import ServerPlace
from server_waits import until

CELLS = (
    "import longboat\np = longboat.params(lr=0.1, steps=3)",
    "print(p.lr, open('d.csv').read())",
)


@pytest.fixture(scope="module")
def job(server: ServerPlace) -> str:
    """A job whose notebook is not there any more."""
    server.write("repeated/nb.ipynb", *CELLS)
    folder = server.folder / "repeated"
    (folder / "d.csv").write_text("of then")
    asked = {"path": "repeated/nb.ipynb", "cpu": 0.1, "memory": "64M", "deadline": "1h"}
    found = server.api("POST", "jobs", {**asked, "parameters": ["lr=0.5"], "env": ["A=1"]}).body
    until(lambda: server.api("GET", f"jobs/{found['id']}").body["ended"], "it has ended")
    for file in folder.iterdir():
        file.unlink()
    return str(found["id"])


def test_it_says_what_was_asked_and_what_the_notebook_declared(
    server: ServerPlace, job: str
) -> None:
    found = server.api("GET", f"jobs/{job}/again").body
    asked = found["asked"]
    assert (asked["parameters"], asked["env"], asked["secrets"]) == ({"lr": 0.5}, {"A": "1"}, [])
    assert (asked["cpu"], asked["memory"], asked["deadline"]) == (0.1, 64_000_000, 3600)
    assert [each["name"] for each in found["notebook"]["parameters"]] == ["lr", "steps"]
    assert {each["path"] for each in found["notebook"]["travels"]["files"]} == {"nb.ipynb", "d.csv"}


def test_changes_are_looked_at_and_said_as_a_line(server: ServerPlace, job: str) -> None:
    before = server.client.jobs()
    found = server.api("POST", f"jobs/{job}/again/plan", {"workers": "2", "rehearse": False}).body
    assert (found["spec"]["workers"], found["spec"]["parameters"]) == (2, {"lr": 0.5})
    assert (found["shell"], found["yaml"]) == (None, None)
    found = server.api("POST", f"jobs/{job}/again/plan", {"parameters": ["steps=9"]}).body
    assert found["shell"] == f"longboat again {job} -p steps=9"
    assert f"longboat.job('{job}').again(parameters={{'steps': 9}})" in found["python"]
    assert len(server.client.jobs()) == len(before)


def test_what_is_emptied_is_as_by_default(server: ServerPlace, job: str) -> None:
    changes: dict[str, Any] = {"deadline": None, "env": [], "parameters": []}
    again = server.api("POST", f"jobs/{job}/again", changes)
    assert again.status == 201
    spec = server.client.job(again.body["id"]).record.spec
    assert (spec.deadline, spec.env, spec.parameters) == (None, {}, {})


@pytest.mark.parametrize("path", ["again", "again/plan"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"workers": "many"}, "workers"),
        ({"parameters": ["steps=often"]}, "parameters.steps"),
        ({"files": ["*.csv"]}, "files"),
        ({"on": "nowhere"}, "backend"),
        ({"python": "/bin/sh"}, "python"),
        ({"requirements": "/etc/passwd"}, "requirements"),
        ({"requirements": "../home/secret.txt"}, "requirements"),
        ([], "body"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    server: ServerPlace, job: str, path: str, changes: Any, field: str
) -> None:
    (server.folder.parent / "home" / "secret.txt").write_text("numpy\n")
    answer = server.api("POST", f"jobs/{job}/{path}", changes)
    assert (answer.status, answer.body["field"]) == (422, field), answer
    assert "Traceback" not in str(answer.body)
