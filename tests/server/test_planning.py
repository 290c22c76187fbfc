"""What a form is told before there is a job: the notebook's parameters, and what would run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server_place import ServerPlace

CELLS = (
    "import longboat\np = longboat.params(lr=0.1, steps=3, name='a', deep=True)",
    "print(p.lr)",
)


@pytest.fixture(scope="module")
def notebook(server: ServerPlace) -> str:
    """A notebook with parameters in a folder of its own, and a file that it reads beside it."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in CELLS
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    folder = server.folder / "planned"
    folder.mkdir()
    (folder / "nb.ipynb").write_text(json.dumps(document))
    (folder / "data.csv").write_text("1,2\n")
    return "planned/nb.ipynb"


def plan(server: ServerPlace, notebook: str, **asked: Any) -> Any:
    return server.api("POST", "plan", {"path": notebook, "cpu": 0.1, "memory": "64M", **asked})


def test_a_notebook_says_what_it_declares(server: ServerPlace, notebook: str) -> None:
    found = server.api("GET", f"notebook?path={notebook}").body
    assert found["parameters"] == [
        {"name": "lr", "default": 0.1},
        {"name": "steps", "default": 3},
        {"name": "name", "default": "a"},
        {"name": "deep", "default": True},
    ]
    assert (found["kind"], found["open"]) == ("notebook", False)


def test_a_plan_says_what_travels_and_changes_nothing(server: ServerPlace, notebook: str) -> None:
    before = server.api("GET", "jobs").body
    found = plan(server, notebook, workers="2", parameters=["steps=5"]).body
    assert {"path": "data.csv", "size": 4} in found["files"]
    assert found["count"] == 2 and found["size"] > 4
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
    assert server.api("GET", "jobs").body == before


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
    answer = plan(server, notebook, requirements="needs.txt")
    assert answer.status == 200
    assert "--requirements needs.txt" in answer.body["shell"]
