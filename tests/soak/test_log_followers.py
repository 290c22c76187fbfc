"""Many lines followed by many browsers: none is lost, and the server holds none of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server_place import OWN, ServerPlace, server_place
from server_waits import until
from soak.conftest import Tell
from soak.footprint import footprint

pytestmark = pytest.mark.timeout(3600)
FOLLOWERS = 8
ROOM = 1 << 20
MOST_GROWTH = 32 << 20
"""Bytes; the log of a million lines has 59 MB, and each of the followers is told all of it."""
PRINTS = """\
import sys
for number in range({lines}):
    sys.stdout.write(f"{{number:08d}} a line of a log that is followed by some people\\n")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerPlace]:
    with server_place(tmp_path) as place:
        yield place


def memory(place: ServerPlace) -> int:
    """Bytes that the server has."""
    (written,) = place.folder.parent.glob("**/jpserver-*.json")
    return footprint(json.loads(written.read_text())["pid"]).memory


def followed(place: ServerPlace, job: str) -> list[int]:
    """Follow a log to its end; gives the numbers of its lines."""
    socket = place.socket(header=[f"{key}: {value}" for key, value in OWN.items()])
    socket.send(json.dumps({"kind": "follow", "id": 1, "job": job, "attempt": 1, "credit": ROOM}))
    numbers: list[int] = []
    rest, ended = "", False
    while not ended:
        message = json.loads(socket.recv())
        if message["kind"] == "log":
            *lines, rest = (rest + message["text"]).split("\n")
            numbers += [int(line[:8]) for line in lines]
            ended, size = message["end"], message["next"] - message["offset"]
            if not ended:
                socket.send(json.dumps({"kind": "credit", "id": 1, "bytes": size}))
    socket.close()
    return numbers


def test_no_follower_misses_a_line(
    server: ServerPlace, amount: Callable[[str], int], tell: Tell
) -> None:
    lines = amount("LINES")
    (server.folder / "prints.py").write_text(PRINTS.format(lines=lines))
    asked = {"path": "prints.py", "cpu": 0.1, "memory": "64M"}
    job = server.api("POST", "jobs", asked).body["id"]
    until(lambda: server.api("GET", f"jobs/{job}").body["attempt"], "it begins")
    before = memory(server)
    with ThreadPoolExecutor(FOLLOWERS) as pool:
        running = [pool.submit(followed, server, job) for _ in range(FOLLOWERS)]
        most = before
        while not all(each.done() for each in running):
            most = max(most, memory(server))
    for each in running:
        assert each.result() == list(range(lines))
    tell(f"{FOLLOWERS} followers of {lines:,} lines: {before / 2**20:.0f} → {most / 2**20:.0f} MiB")
    assert most - before <= MOST_GROWTH
