"""Logs by the websocket: whole, resumed at a byte, never more than there is room for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from server_place import OWN, ServerPlace
from server_waits import until

LINES = 30_000
FLOOD = f"""\
import time
for number in range({LINES}):
    print(f"{{number:06d}} é ✓")
"""
WAITS = "import time\nprint('begun', flush=True)\ntime.sleep(3600)\n"
SMALL = {"cpu": 0.1, "memory": "64M"}
EXPECTED = "".join(f"{number:06d} é ✓\n" for number in range(LINES))


@pytest.fixture(scope="module")
def flood(server: ServerPlace) -> str:
    """A job that has printed much."""
    (server.folder / "flood.py").write_text(FLOOD)
    job: str = server.api("POST", "jobs", {"path": "flood.py", **SMALL}).body["id"]
    until(lambda: server.api("GET", f"jobs/{job}").body["ended"], "its end")
    return job


@pytest.fixture
def socket(server: ServerPlace) -> Iterator[websocket.WebSocket]:
    opened = server.socket(header=[f"{key}: {value}" for key, value in OWN.items()])
    assert json.loads(opened.recv())["kind"] == "state"
    yield opened
    opened.close()


def say(socket: websocket.WebSocket, kind: str, **said: Any) -> None:
    socket.send(json.dumps({"kind": kind, **said}))


def logs(socket: websocket.WebSocket) -> Iterator[dict[str, Any]]:
    """The pieces of logs that come, and nothing else."""
    while True:
        message = json.loads(socket.recv())
        if message["kind"] == "log":
            yield message


def test_a_log_comes_whole_as_there_is_room(socket: websocket.WebSocket, flood: str) -> None:
    say(socket, "follow", id=1, job=flood, replica="worker-0", attempt=1, credit=1000)
    text, offset = "", 0
    for piece in logs(socket):
        assert (piece["id"], piece["offset"]) == (1, offset)
        size = piece["next"] - offset
        assert size <= 70_000
        text, offset = text + piece["text"], piece["next"]
        if piece["end"]:
            break
        say(socket, "credit", id=1, bytes=max(size, 60_000))
    assert text == EXPECTED


def test_no_more_is_told_than_there_is_room_for(socket: websocket.WebSocket, flood: str) -> None:
    say(socket, "follow", id=1, job=flood, credit=5000)
    say(socket, "follow", id=2, job=flood, credit=70_000)
    got = {1: 0, 2: 0}
    pieces = logs(socket)
    while got[1] < 4990 or got[2] < 69_990:
        piece = next(pieces)
        got[piece["id"]] += piece["next"] - piece["offset"]
    assert got[1] <= 5000 and got[2] <= 70_000
    say(socket, "credit", id=1, bytes=100)
    assert next(pieces)["id"] == 1


def test_it_goes_on_at_a_byte(socket: websocket.WebSocket, flood: str) -> None:
    say(socket, "follow", id=7, job=flood, offset=-30, credit=1000)
    last = next(logs(socket))
    assert (last["text"], last["end"]) == (EXPECTED.encode()[-30:].decode("utf-8", "replace"), True)
    say(socket, "follow", id=8, job=flood, offset=last["next"] - 6, credit=1000)
    assert next(logs(socket))["text"].endswith("✓\n")


def test_what_is_printed_is_told_and_a_change_passes_a_flood(
    server: ServerPlace, socket: websocket.WebSocket, flood: str
) -> None:
    (server.folder / "waits.py").write_text(WAITS)
    job = server.api("POST", "jobs", {"path": "waits.py", **SMALL}).body["id"]
    until(lambda: server.api("GET", f"jobs/{job}").body["attempt"], "its attempt")
    say(socket, "follow", id=1, job=job, attempt=1, credit=1000)
    assert next(logs(socket))["text"] == "begun\n"
    say(socket, "follow", id=2, job=flood, credit=1 << 24)
    server.api("POST", f"jobs/{job}/stop")
    seen = {"jobs": False, "end": False}
    while not all(seen.values()):
        message = json.loads(socket.recv())
        if message["kind"] == "jobs":
            states = [each["state"] for each in message["changed"] if each["id"] == job]
            seen["jobs"] = seen["jobs"] or "stopped" in states
        if message["kind"] == "log" and message["id"] == 1:
            seen["end"] = message["end"]
    server.api("DELETE", f"jobs/{job}")


def test_a_log_that_is_not_there_is_told(socket: websocket.WebSocket, flood: str) -> None:
    for id_, wrong in enumerate(
        [{"job": "jzzzzzzzzz"}, {"job": ".."}, {"replica": "ps-0"}, {"attempt": 9}]
    ):
        say(socket, "follow", id=id_, credit=10, **{"job": flood, **wrong})
        piece = next(logs(socket))
        assert piece["id"] == id_ and piece["problem"].endswith(".") and piece["end"]


def follow(**said: Any) -> str:
    return json.dumps({"kind": "follow", "id": 1, "job": "jabcdefghi", "credit": 10, **said})


@pytest.mark.parametrize(
    "wrong",
    [
        "hello?",
        "",
        "[]",
        "{}",
        "[" * 5000,
        '{"kind": "shout"}',
        '{"kind": "follow"}',
        '{"kind": "credit", "id": 1}',
        '{"kind": "leave"}',
        follow(credit=0),
        follow(credit=-5),
        follow(credit=1 << 40),
        follow(id=-1),
        follow(id="one"),
        follow(job=5),
        follow(attempt=-1),
        follow(offset="end"),
        follow(more=1),
    ],
)
def test_what_cannot_be_said_ends_it_with_a_reason(
    server: ServerPlace, socket: websocket.WebSocket, wrong: str
) -> None:
    socket.send(wrong)
    while True:
        opcode, data = socket.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            break
    assert int.from_bytes(data[:2], "big") == 1008
    assert data[2:].startswith(b"This cannot be said here")
    assert server.api("GET", "jobs").status == 200


def test_too_many_are_refused(socket: websocket.WebSocket, flood: str) -> None:
    for number in range(65):
        say(socket, "follow", id=number, job=flood, credit=1)
    while True:
        opcode, data = socket.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            break
    assert b"At most 64 logs" in data
