"""What the leader tells of the job's checkpoints: what it finds, what comes, what goes."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from longboat.guest import checkpoints, context, wire
from longboat.guest.checkpoints import Found, Watch, newest


class Replica:
    """The environment of a replica, and what it has told."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.checkpoints = folder / "checkpoints"
        self.checkpoints.mkdir(exist_ok=True)
        told = {wire.REPLICA_DIR: str(folder), wire.CHECKPOINT_DIR: str(self.checkpoints)}
        self.here = context.read({**told, **more})
        self._events = folder / "events.jsonl"

    def told(self) -> list[tuple[Any, ...]]:
        if not self._events.exists():
            return []
        fields = ("path", "epoch", "found", "kept")
        events = list(wire.decode(self._events.read_bytes()))
        assert all(event["kind"] == wire.CHECKPOINT for event in events)
        return [tuple(event[name] for name in fields) for event in events]

    def write(self, name: str, text: str = "x", at: float = 1000.0) -> None:
        path = self.checkpoints / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (at, at))


def test_the_newest_file_counts_and_keras_tells_the_epoch(tmp_path: Path) -> None:
    replica = Replica(tmp_path)
    assert newest(str(replica.checkpoints)) is None
    assert newest(str(tmp_path / "nowhere")) is None
    replica.write("ckpt-1.index", at=1000)
    replica.write("ckpt-2.index", at=1001)
    assert newest(str(replica.checkpoints)) == Found(1001.0, "ckpt-2.index", None)
    replica.write("backup/latest.weights.h5", at=1002)
    replica.write("backup/training_metadata.json", '{"epoch": 3, "batch": 0}', at=1001)
    assert newest(str(replica.checkpoints)) == Found(1002.0, "backup/latest.weights.h5", 3)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"epoch": true}', '{"epoch": "3"}', "9" * 999]
)
def test_metadata_of_another_kind_tells_no_epoch(tmp_path: Path, text: str) -> None:
    replica = Replica(tmp_path)
    replica.write("training_metadata.json", text)
    found = newest(str(replica.checkpoints))
    assert found is not None and found.epoch is None


def test_what_comes_and_what_goes_is_told_once(tmp_path: Path) -> None:
    replica = Replica(tmp_path)
    watch = Watch(replica.here, str(replica.checkpoints))
    watch.look()
    replica.write("a")
    watch.look()
    watch.look()
    replica.write("a", at=1001)
    watch.look()
    (replica.checkpoints / "a").unlink()
    watch.look()
    came, gone = ("a", None, False, True), ("", None, False, True)
    assert replica.told() == [came, came, gone]


@pytest.mark.parametrize(
    ("attempt", "there", "told"),
    [
        ("1", False, []),
        ("1", True, [("a", None, True, True)]),
        ("2", False, [("", None, True, True)]),
        ("2", True, [("a", None, True, True)]),
    ],
)
def test_an_attempt_says_what_it_begins_with(
    tmp_path: Path, attempt: str, there: bool, told: list[Any]
) -> None:
    replica = Replica(tmp_path, **{wire.ATTEMPT: attempt})
    if there:
        replica.write("a")
    checkpoints.watch(replica.here)
    assert replica.told() == told


def test_what_is_written_later_is_noticed_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_EVERY", 0.01)
    replica = Replica(tmp_path)
    checkpoints.watch(replica.here)
    replica.write("a")
    deadline = time.monotonic() + 30
    while not replica.told():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert replica.told() == [("a", None, False, True)]


def test_only_the_leader_tells_and_only_where_somebody_listens(tmp_path: Path) -> None:
    cluster = json.dumps({"worker": ["a:1", "b:1"]})
    other = {wire.ROLE: "worker:1", wire.CLUSTER: cluster, wire.ATTEMPT: "2"}
    for more in (other, {wire.REPLICA_DIR: "", wire.ATTEMPT: "2"}):
        replica = Replica(tmp_path, **more)
        checkpoints.watch(replica.here)
        assert replica.told() == []


def test_what_goes_with_the_pod_is_told_as_such(tmp_path: Path) -> None:
    replica = Replica(tmp_path, **{wire.CHECKPOINTS_LOST: "1"})
    replica.write("a")
    Watch(replica.here, str(replica.checkpoints)).look()
    assert replica.told() == [("a", None, False, False)]
