"""Jobs by HTTP: submitted, watched, read, stopped, removed; and what is wrong is said where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from longboat.records.status import FINAL
from server_place import OWN, ServerPlace
from server_waits import until

HELLO = "import longboat\nprint('héllo ✓')\nfor i in range(3):\n    longboat.report(loss=3 - i)\n"
ENDLESS = "import time\nprint('ready', flush=True)\ntime.sleep(3600)\n"
SMALL = {"cpu": 0.1, "memory": "64M"}


@pytest.fixture(scope="module")
def ended(server: ServerPlace) -> dict[str, Any]:
    """A job that has run."""
    (server.folder / "hello.py").write_text(HELLO)
    submitted = server.api("POST", "jobs", {"path": "hello.py", **SMALL})
    assert submitted.status == 201, submitted
    return until(lambda: is_over(server, submitted.body["id"]), "the end of the job")


def is_over(server: ServerPlace, job: str) -> dict[str, Any] | None:
    found: dict[str, Any] = server.api("GET", f"jobs/{job}").body
    return found if found["state"] in FINAL else None


@pytest.fixture
def endless(server: ServerPlace) -> Iterator[str]:
    """A job that runs."""
    (server.folder / "endless.py").write_text(ENDLESS)
    job = server.api("POST", "jobs", {"path": "endless.py", **SMALL}).body["id"]
    log = f"jobs/{job}/log"
    until(lambda: "ready" in server.api("GET", log).body["text"], "it runs")
    yield job
    server.api("DELETE", f"jobs/{job}")


def test_a_job_is_told_as_the_command_line_tells_it(
    server: ServerPlace, ended: dict[str, Any]
) -> None:
    assert ended["state"] == "succeeded"
    assert ended == server.client.job(ended["id"]).details()
    states = [(phase["state"], phase["attempt"]) for phase in ended["history"]]
    assert states[0] == ("queued", 1) and states[-1] == ("succeeded", 1)
    assert ended["id"] in [job["id"] for job in server.api("GET", "jobs").body["jobs"]]


def test_its_log_comes_in_pieces_of_whole_characters(
    server: ServerPlace, ended: dict[str, Any]
) -> None:
    text, at, end = "", 0, False
    while not end:
        piece = server.api("GET", f"jobs/{ended['id']}/log?offset={at}&limit=3").body
        assert "�" not in piece["text"]
        assert piece["offset"] == at
        text, at, end = text + piece["text"], piece["next"], piece["end"]
    assert text == "héllo ✓\n"
    last = server.api("GET", f"jobs/{ended['id']}/log?replica=worker-0&offset=-4").body
    assert last["text"] == "✓\n"


def test_its_curves_are_points(server: ServerPlace, ended: dict[str, Any]) -> None:
    found = server.api("GET", f"jobs/{ended['id']}/metrics").body
    assert found == {"metrics": {"loss": [[1, 3], [2, 2], [3, 1]]}}


def test_a_log_that_grows_has_no_end_yet(server: ServerPlace, endless: str) -> None:
    piece = server.api("GET", f"jobs/{endless}/log").body
    assert (piece["text"], piece["end"]) == ("ready\n", False)


def test_it_is_stopped_run_again_and_removed(server: ServerPlace, endless: str) -> None:
    assert server.api("POST", f"jobs/{endless}/stop").status == 200
    until(lambda: is_over(server, endless), "its end")
    again = server.api("POST", f"jobs/{endless}/again", {"name": "once-more"})
    assert (again.status, again.body["name"], again.body["again"]) == (201, "once-more", endless)
    for job in (endless, again.body["id"]):
        assert server.api("DELETE", f"jobs/{job}").status == 204
        until(lambda job=job: server.api("GET", f"jobs/{job}").status == 404, "it is gone")


def test_the_place_says_what_is_free(server: ServerPlace) -> None:
    found = server.api("GET", "place").body
    assert found["backends"] == ["local"]
    assert 0 <= found["cpu"]["free"] <= found["cpu"]["total"]
    assert found["memory"]["total"] > 1 << 28


# --- the websocket


@pytest.fixture
def socket(server: ServerPlace) -> Iterator[websocket.WebSocket]:
    opened = server.socket(header=[f"{key}: {value}" for key, value in OWN.items()])
    yield opened
    opened.close()


def test_the_websocket_tells_all_and_then_what_changes(
    server: ServerPlace, socket: websocket.WebSocket, ended: dict[str, Any]
) -> None:
    first = json.loads(socket.recv())
    assert first["kind"] == "state"
    assert {"jobs", "models", "services"} < set(first)
    assert ended["id"] in [job["id"] for job in first["jobs"]]
    job = server.api("POST", "jobs", {"path": "hello.py", "name": "told", **SMALL}).body["id"]
    states = []
    while not states or states[-1] not in FINAL:
        message = json.loads(socket.recv())
        states += [each["state"] for each in message["changed"] if each["id"] == job]
    assert states[-1] == "succeeded"
    server.api("DELETE", f"jobs/{job}")
    while job not in json.loads(socket.recv())["removed"]:
        pass


def test_two_browsers_hear_the_same(server: ServerPlace, ended: dict[str, Any]) -> None:
    header = [f"{key}: {value}" for key, value in OWN.items()]
    pair = [server.socket(header=header) for _ in range(2)]
    assert [json.loads(each.recv())["kind"] for each in pair] == ["state", "state"]
    pair[0].close()
    job = server.api("POST", f"jobs/{ended['id']}/again", {"name": "for-both"}).body["id"]
    heard = json.loads(pair[1].recv())
    assert heard["changed"][0]["id"] == job
    pair[1].close()
    server.api("DELETE", f"jobs/{job}")


# --- what is wrong

BODIES: list[tuple[Any, str]] = [
    (b"not json", "body"),
    (b"[1, 2]", "body"),
    (b"[" * 100_000, "body"),
    (b"\xff\xfe", "body"),
    ({}, "path"),
    ({"path": 5}, "path"),
    ({"path": ""}, "path"),
    ({"path": "/"}, "path"),
    ({"path": "absent.py"}, "path"),
    ({"path": "../home/secret.py"}, "path"),
    ({"path": "/etc/passwd"}, "path"),
    ({"path": "a\0b.py"}, "path"),
    ({"path": "x" * 10_000}, "path"),
    ({"path": "link.py"}, "path"),
    ({"path": "folder"}, "path"),
    ({"path": "notes.txt"}, "notebook"),
    ({"path": "hello.py", "workers": 0}, "workers"),
    ({"path": "hello.py", "workers": "many"}, "workers"),
    ({"path": "hello.py", "workers": 1.5}, "workers"),
    ({"path": "hello.py", "workers": [2]}, "workers"),
    ({"path": "hello.py", "ps": -1}, "ps"),
    ({"path": "hello.py", "cpu": "lots"}, "cpu"),
    ({"path": "hello.py", "cpu": 10_000}, "cpu"),
    ({"path": "hello.py", "memory": "64Q"}, "memory"),
    ({"path": "hello.py", "memory": {}}, "memory"),
    ({"path": "hello.py", "gpu": 1000}, "gpu"),
    ({"path": "hello.py", "name": "Not A Name"}, "name"),
    ({"path": "hello.py", "name": 7}, "name"),
    ({"path": "hello.py", "deadline": "soon"}, "deadline"),
    ({"path": "hello.py", "retries": 101}, "retries"),
    ({"path": "hello.py", "env": "A=1"}, "env"),
    ({"path": "hello.py", "env": {"A B": "1"}}, "env"),
    ({"path": "hello.py", "parameters": "lr=1"}, "parameters"),
    ({"path": "hello.py", "secrets": "TOKEN"}, "secrets"),
    ({"path": "hello.py", "files": [1]}, "files"),
    ({"path": "hello.py", "on": 5}, "on"),
    ({"path": "hello.py", "on": "nowhere"}, "backend"),
    ({"path": "hello.py", "python": "/bin/sh"}, "python"),
    ({"path": "hello.py", "colour": "blue"}, "colour"),
]


@pytest.mark.parametrize(("body", "field"), BODIES, ids=range(len(BODIES)))
def test_a_wrong_request_is_refused_at_its_field(
    server: ServerPlace, ended: dict[str, Any], body: Any, field: str
) -> None:
    (server.folder / "notes.txt").write_text("no program")
    (server.folder / "folder").mkdir(exist_ok=True)
    secret = server.folder.parent / "home" / "secret.py"
    secret.write_text("print(1)")
    link = server.folder / "link.py"
    if not link.is_symlink():
        link.symlink_to(secret)
    before = {job.id for job in server.client.jobs()}
    answer = server.api("POST", "jobs", body)
    assert answer.status in (400, 413, 422), answer
    assert answer.body["field"] == field, answer.body
    assert answer.body["message"].endswith((".", ")")), answer.body
    assert "Traceback" not in str(answer.body)
    assert {job.id for job in server.client.jobs()} <= before, "a job was made of it"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "jobs/jzzzzzzzzz", 404),
        ("GET", "jobs/..%2f..%2fetc", 404),
        ("GET", "jobs/%00", 404),
        ("DELETE", "jobs/jzzzzzzzzz", 404),
        ("POST", "jobs/jzzzzzzzzz/stop", 404),
        ("POST", "jobs/jzzzzzzzzz/again", 404),
        ("GET", "jobs?limit=0", 422),
        ("GET", "jobs?limit=all", 422),
        ("GET", "services/nothing", 404),
        ("DELETE", "services/nothing", 404),
        ("POST", "services/nothing/predict", 404),
        ("POST", "services", 422),
        ("PUT", "jobs", 405),
        ("GET", "jobs/{job}/log?replica=worker-9", 422),
        ("GET", "jobs/{job}/log?attempt=7", 422),
        ("GET", "jobs/{job}/log?offset=x", 422),
        ("GET", "jobs/{job}/log?limit=99999999", 422),
        ("GET", "nothing/such", 404),
    ],
)
def test_what_is_not_there_is_said(
    server: ServerPlace, ended: dict[str, Any], method: str, path: str, status: int
) -> None:
    body = None if method == "GET" else b"{}"
    answer = server.api(method, path.format(job=ended["id"]), body)
    assert answer.status == status, answer
    assert "Traceback" not in str(answer.body)
