"""What a job left, by HTTP: whole logs, files, its notebook, what is other in another job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server_place import ServerPlace
from server_waits import until

CELLS = (
    "import longboat, pathlib\np = longboat.params(lr=0.1)",
    "folder = pathlib.Path('out')\nfolder.mkdir()\n_ = (folder / 'r é.txt').write_text('result')",
    "print('x' * 99)\nlongboat.report(loss=p.lr)",
)


@pytest.fixture(scope="module")
def pair(server: ServerPlace) -> list[str]:
    """Two jobs of one notebook with other parameters."""
    server.write("left/nb.ipynb", *CELLS)
    asked: dict[str, Any] = {"path": "left/nb.ipynb", "cpu": 0.1, "memory": "128M"}
    jobs = [
        server.api("POST", "jobs", {**asked, "parameters": [f"lr={lr}"]}).body["id"]
        for lr in (0.1, 0.2)
    ]
    for job in jobs:
        until(lambda job=job: server.api("GET", f"jobs/{job}").body["ended"], "it has ended")
    return jobs


def test_the_log_comes_whole_as_a_file(server: ServerPlace, pair: list[str]) -> None:
    answer = server.api("GET", f"jobs/{pair[0]}/log/whole?replica=worker-0")
    assert (answer.status, answer.body) == (200, "x" * 99 + "\n")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_its_files_are_listed_and_sent(server: ServerPlace, pair: list[str]) -> None:
    listed = server.api("GET", f"jobs/{pair[0]}/files").body
    assert listed == {"files": [{"path": "out/r é.txt", "size": 6}], "notebook": True}
    sent = server.api("GET", f"jobs/{pair[0]}/file?path=out/r%20%C3%A9.txt")
    assert (sent.status, sent.body) == (200, "result")
    assert "r%20%C3%A9.txt" in sent.headers["Content-Disposition"]


def test_the_executed_notebook_has_outputs(server: ServerPlace, pair: list[str]) -> None:
    found = json.loads(server.api("GET", f"jobs/{pair[0]}/notebook").body)
    assert "".join(found["cells"][-1]["outputs"][0]["text"]) == "x" * 99 + "\n"


def test_where_it_comes_from_is_told_without_values_of_the_environment(
    server: ServerPlace, pair: list[str]
) -> None:
    asked = {"path": "left/nb.ipynb", "cpu": 0.1, "memory": "128M", "env": ["TOLD=not this"]}
    job = server.api("POST", "jobs", asked).body["id"]
    found = server.api("GET", f"jobs/{job}/receipt").body
    assert (found["entry"], found["env"]) == ("nb.ipynb", ["TOLD"])
    assert list(found["files"]) == ["nb.ipynb"]
    assert "longboat" in found["interpreter"]["distributions"]
    assert "path" not in found["interpreter"] and "not this" not in str(found)
    until(lambda: server.api("GET", f"jobs/{job}").body["ended"], "it has ended")


def test_what_is_other_is_told(server: ServerPlace, pair: list[str]) -> None:
    found = server.api("GET", f"jobs/{pair[0]}/diff?other={pair[1]}").body
    assert [job["id"] for job in found["jobs"]] == pair
    assert [(each["before"], each["after"]) for each in found["parameters"]] == [(0.1, 0.2)]
    assert found["metrics"] == {"loss": [0.1, 0.2]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("log/whole?replica=worker-7", 422),
        ("log/whole?attempt=9", 422),
        ("log/whole?attempt=-1", 422),
        ("file", 404),
        ("file?path=absent.txt", 404),
        ("file?path=../log", 404),
        ("file?path=../../../../job.json", 404),
        ("file?path=/etc/passwd", 404),
        ("file?path=out", 404),
        ("file?path=%00", 404),
        ("diff", 404),
        ("diff?other=jzzzzzzzzz", 404),
        ("diff?other=..", 404),
    ],
)
def test_what_is_not_there_is_refused(
    server: ServerPlace, pair: list[str], path: str, status: int
) -> None:
    answer = server.api("GET", f"jobs/{pair[0]}/{path}")
    assert answer.status == status, answer
    assert answer.body["message"].endswith(".") and "Traceback" not in str(answer.body)
