"""Every row of the table, by the command line and from Python: what is said, what stays."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from badinput.calls import call_of
from badinput.place import processes, records, rows_of_index
from badinput.rows import Row
from badinput.sentences import complaint
from badinput.table import LAST, TABLE
from longboat import errors
from longboat.api import Client
from longboat.cli.main import run
from longboat.errors import BadInput, LongboatError
from longboat.records.layout import Home

CATEGORIES = list(dict.fromkeys(row.category for row in TABLE))
IN_PYTHON = [row for row in TABLE if call_of(row.argv) is not None]


def named(row: Row) -> str:
    return " ".join(row.argv)[:70]


@pytest.fixture(scope="module")
def before(filled: Home) -> dict[str, Any]:
    return state(filled)


def state(home: Home) -> dict[str, Any]:
    """All that no wrong input may change."""
    return {"records": records(home), "index": rows_of_index(home), "processes": processes(home)}


def test_the_table_has_enough_of_each_kind() -> None:
    counts = Counter(row.category for row in TABLE)
    assert len(counts) == 17 and min(counts.values()) >= 6
    assert len(IN_PYTHON) > 100


@pytest.mark.parametrize("row", TABLE, ids=named)
def test_the_command_line_tells_it_and_nothing_changes(
    row: Row, home: Home, before: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    error = told(row, capsys)
    assert re.search(row.pattern, error["message"]), error["message"]
    assert not complaint(error["message"])
    assert issubclass(getattr(errors, error["type"]), LongboatError)
    fields = {problem["field"] for problem in error["problems"]}
    assert fields >= {row.field} if row.field else not fields
    assert not any(complaint(problem["message"]) for problem in error["problems"])

    assert run(list(row.argv)) == row.code
    text = capsys.readouterr()
    assert text.out == "" and text.err.startswith("longboat: ")
    assert all(problem["message"] in text.err for problem in error["problems"])
    assert state(home) == before


@pytest.mark.parametrize("row", IN_PYTHON, ids=named)
def test_python_raises_the_same(
    row: Row, home: Home, before: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    error = told(row, capsys)
    call = call_of(row.argv)
    assert call is not None
    with pytest.raises(getattr(errors, error["type"])) as caught:
        call(Client(home.path))
    assert str(caught.value) == error["message"]
    if isinstance(caught.value, BadInput):
        assert [problem._asdict() for problem in caught.value.problems] == error["problems"]
    assert state(home) == before


def told(row: Row, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What ``--json`` says; standard output stays empty."""
    command, *rest = row.argv
    assert run([command, "--json", *rest]) == row.code
    text = capsys.readouterr()
    assert text.out == ""
    error: dict[str, Any] = json.loads(text.err)["error"]
    return error


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_real_process_tells_it_without_a_traceback(category: str, home: Home) -> None:
    row = next(row for row in TABLE if row.category == category)
    code = "from longboat.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *row.argv], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (row.code, "")
    assert re.search(row.pattern, done.stderr) and "Traceback" not in done.stderr


WRITTEN_IN_PYTHON: list[tuple[dict[str, Any], str, str]] = [
    ({"workers": 1.5}, "workers", "whole number from 1 to 64"),
    ({"workers": True}, "workers", "whole number from 1 to 64"),
    ({"worker": 2}, "worker", "nothing of this name; choose among .*workers"),
    ({"retries": -1}, "retries", "whole number from 0 to 100"),
    ({"cpu": float("nan")}, "cpu", "not a number of cores"),
    ({"cpu": [1]}, "cpu", "not a number of cores"),
    ({"memory": {}}, "memory", "not an amount of memory"),
    ({"deadline": True}, "deadline", "not a duration"),
    ({"deadline": -1}, "deadline", "not a duration"),
    ({"parameters": "lr=1"}, "parameters", "mapping or a list of NAME=VALUE"),
    ({"parameters": {"lr": 1j}}, "parameters.lr", "value of type complex cannot be given"),
    ({"parameters": {"lr": float("nan")}}, "parameters.lr", "finite numbers only"),
    ({"parameters": {1: 2}}, "parameters", "cannot be the name of a parameter"),
    ({"env": "A=1"}, "env", "mapping or a list of NAME=VALUE"),
    ({"env": {"A": 1}}, "env.A", "must be a text, not int"),
    ({"env": {"A": "\0"}}, "env.A", "null character"),
    ({"secrets": "TOKEN"}, "secrets", "give a list of texts"),
    ({"files": "data.csv"}, "files", "give a list of texts"),
    ({"files": [1]}, "files", "give a list of texts"),
    ({"python": 3}, "python", "give a text"),
    ({"kernel": ["python3"]}, "kernel", "give a text"),
    ({"backend": 1}, "backend", "give a text"),
    ({"name": 5}, "name", "cannot be the name of a job"),
    ({"model": ""}, "model", "cannot be the name of a model"),
    ({"ps": 1, "chief": False}, "chief", "Parameter servers need a chief"),
    ({"evaluator": 2}, "evaluator", "one evaluator or none"),
]


@pytest.mark.parametrize(("asked", "field", "pattern"), WRITTEN_IN_PYTHON, ids=str)
def test_what_only_python_can_say(
    asked: dict[str, Any], field: str, pattern: str, home: Home, before: dict[str, Any]
) -> None:
    with pytest.raises(BadInput) as caught:
        Client(home.path).submit("nb.ipynb", **asked)
    found = {problem.field: problem.message for problem in caught.value.problems}
    assert re.search(pattern, found[field])
    assert not any(map(complaint, found.values()))
    assert state(home) == before


def test_cells_are_judged_by_the_interpreter_that_will_run_them(here: Path, tmp_path: Path) -> None:
    client, bare = Client(tmp_path / "home"), "pythons/bare/bin/python"
    assert client.plan("magic.ipynb").spec.kind == "notebook"
    assert client.plan("plain/nb.ipynb", python=bare).spec.python == str(here / bare)
    # What a path of the job's own brings along is known only in the job.
    assert client.plan("magic.ipynb", python=bare, env={"PYTHONPATH": "lib"}).snapshot.files
    with pytest.raises(BadInput, match="Cell 2, line 2"):
        client.plan("magic.ipynb", python=bare)


def test_a_repeated_job_may_change_its_interpreter_to_a_kernel(home: Home) -> None:
    with pytest.raises(BadInput, match="is not installed here") as caught:
        Client(home.path).again(LAST, kernel="no-such")
    assert [problem.field for problem in caught.value.problems] == ["kernel"]
