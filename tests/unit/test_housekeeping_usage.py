"""What takes how much: everything once, each under its kind, and what a command would give back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from housekeeping_tools import KIB, Rooms
from snapshots_tools import notebook

from longboat.api import Client
from longboat.cli.main import run
from longboat.housekeeping.contents import Contents
from longboat.housekeeping.disk import pieces, size_of
from longboat.models.record import ModelFacts
from longboat.records.status import JobStatus
from serving_tools import saved_models


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path)


def test_each_thing_is_counted_once_and_under_its_kind(rooms: Rooms) -> None:
    first = rooms.job("a" * 10, "x = 1", log=400, work=40, output=40, model=40, checkpoints=80)
    assert rooms.job("b" * 10, "x = 1", log=40) == first
    rooms.job("c" * 10, "x = 2", JobStatus(state="running"), work=800)
    facts = ModelFacts(created=1.0, job="a" * 10, attempt=1, snapshot=first)
    rooms.engine.models.register("m", saved_models() / "v1", facts)
    usage = rooms.client.usage()
    assert [job.id[0] for job in usage.jobs] == ["c", "a", "b"]
    _, one, other = usage.jobs
    assert (one.logs, other.logs) == (400 * KIB, 40 * KIB)
    assert 200 * KIB <= one.files < 240 * KIB and 0 < one.records < 100 * KIB
    sizes = {part.kind: part.size for part in usage.parts}
    assert sizes["logs"] == 440 * KIB
    assert sum(sizes.values()) == usage.size == size_of(rooms.engine.home.path)
    assert [part.size for part in usage.parts] == sorted(sizes.values(), reverse=True)
    assert sizes["snapshots"] == size_of(rooms.engine.home.snapshots)
    shared = {snapshot.address: snapshot for snapshot in usage.snapshots}[first]
    assert shared.jobs == ("a" * 10, "b" * 10) and shared.models == ("m@1",)
    assert [model.name for model in usage.models] == ["m@1"]


def test_what_could_be_freed_is_what_is_freed(rooms: Rooms) -> None:
    """What it says of a command is what that command gives back, folders of blobs left out."""
    rooms.job("a" * 10, "x = 1", log=100)
    rooms.job("b" * 10, "x = 2", JobStatus(state="running"), log=300)
    rooms.engine.snapshots.take(rooms.work / "digits.ipynb")
    (rooms.work / "digits.ipynb").write_text(notebook("x = 3"))
    rooms.engine.snapshots.take(rooms.work / "digits.ipynb")
    usage = rooms.client.usage()
    assert [each.command for each in usage.freeable] == [
        f"longboat rm {'a' * 10}",
        "longboat prune",
    ]
    removed, pruned = usage.freeable
    before = size_of(rooms.engine.home.snapshots)
    assert rooms.client.prune().size == pruned.size
    assert before - size_of(rooms.engine.home.snapshots) >= pruned.size
    before = _regular(rooms.engine.home.path)
    rooms.engine.store.remove("a" * 10)
    rooms.client.prune()
    assert 0 <= removed.size - (before - _regular(rooms.engine.home.path)) < 40 * KIB


def _regular(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_what_cannot_be_read_is_measured_and_told(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(rooms.engine.home.path))
    rooms.job("a" * 10, "x = 1", log=100)
    directory = rooms.engine.home.run("a" * 10)
    directory.job.write_bytes(b"{")
    directory.receipt.unlink()
    assert run(["du", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["jobs"][0]["logs"] == 100 * KIB and told["jobs"][0]["state"] == ""
    assert "not known which snapshot" in told["obstacle"] and told["freeable"] == []
    assert run(["du"]) == 0
    shown = capsys.readouterr().out
    assert "cannot be read" in shown and "Which snapshots nobody needs cannot be said" in shown


def test_the_page_has_the_biggest_first_and_says_how_many_there_are(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(rooms.engine.home.path))
    for number, letter in enumerate("abcd"):
        rooms.job(letter * 10, f"x = {number}", log=100 * (number + 1))
    assert run(["du", "--limit", "2"]) == 0
    shown = capsys.readouterr().out
    assert "Jobs, the biggest 2 of 4" in shown
    jobs = shown[shown.index("Jobs, ") : shown.index("Snapshots, ")]
    assert jobs.index("d" * 10) < jobs.index("c" * 10) and "b" * 10 not in jobs
    assert f"longboat rm {'d' * 10}" in shown


def test_a_home_that_is_not_there_is_empty(tmp_path: Path) -> None:
    home = tmp_path / "none"
    assert Client(home).usage().size == 0
    assert not (home / "snapshots").exists(), "looking changes nothing"


def test_links_are_not_followed_and_second_names_count_once(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"x" * 100 * KIB)
    (folder / "name").hardlink_to(folder / "file")
    (folder / "link").symlink_to("/")
    sizes = {piece.path: piece.size for piece in pieces(folder)}
    assert sorted(sizes) == [("file",), ("link",), ("name",)]
    assert sizes["file",] + sizes["name",] == 100 * KIB


def test_dropping_a_snapshot_frees_what_only_it_held() -> None:
    contents = Contents({"one": {"a": 1, "b": 2}, "two": {"b": 2, "c": 4}})
    assert (contents.size("one"), contents.alone("one")) == (3, 1)
    assert contents.drop("one") == 1
    assert contents.drop("two") == 6
    assert contents.drop("two") == 0 and contents.addresses == []
