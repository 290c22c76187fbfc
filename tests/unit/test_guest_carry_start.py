"""What a carrier makes of its order and snapshot before the replica runs, or why it cannot."""

from __future__ import annotations

import json
import os
import tarfile

import pytest
from carry_tools import (
    NONCE,
    Stream,
    an_order,
    carrying,
    contents,
)

from longboat.guest import inband, order, wire
from longboat.guest.carrying_usage import Usage

__all__ = ["carrying"]


def test_each_replica_is_told_who_it_is_and_nothing_of_the_carrier(carrying):
    carried = carrying(
        "import json, longboat, os\nlongboat.params(lr=1.0)\nprint(json.dumps(dict(os.environ)))",
        job="",  # so that it waits for nobody
        cluster={"worker": ["127.0.0.1:1", "127.0.0.1:2"]},
        parameters={"lr": 0.1},
        environment={"GREETING": "hello  $HOME", "OMP_NUM_THREADS": "7"},
        cpu=2.4,
    )
    stream = carried.whole(
        LONGBOAT_REPLICA_ROLE="worker",
        JOB_COMPLETION_INDEX="1",
        LONGBOAT_CHECKPOINT_DIR=str(carried.path / "shared"),
        TF_CONFIG='{"cluster": {"worker": ["elsewhere:1"]}}',
        OF_THE_IMAGE="kept",
        MKL_NUM_THREADS="3",
        LONGBOAT_MODEL_DIR="/of/the/image",
    )
    seen = json.loads(stream.text)
    told = {
        "LONGBOAT_JOB_ID": "",
        "LONGBOAT_JOB_NAME": "a-job",
        "LONGBOAT_ATTEMPT": "1",
        "LONGBOAT_ROLE": "worker:1",
        "LONGBOAT_REPLICA_DIR": str(carried.run),
        "LONGBOAT_MODEL_DIR": str(carried.run / "model"),
        "LONGBOAT_CHECKPOINT_DIR": str(carried.path / "shared"),
        "PYTHONUNBUFFERED": "1",
        "GREETING": "hello  $HOME",
        "OMP_NUM_THREADS": "7",
        "OPENBLAS_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "3",
        "OF_THE_IMAGE": "kept",
    }
    assert seen.items() >= told.items()
    assert json.loads(seen["LONGBOAT_PARAMETERS"]) == {"lr": 0.1}
    task = {"type": "worker", "index": 1}
    cluster = {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}
    assert json.loads(seen["TF_CONFIG"]) == {"cluster": cluster, "task": task}
    assert (carried.path / "shared").is_dir()
    assert not {"LONGBOAT_REPLICA_ROLE", "JOB_COMPLETION_INDEX"} & set(seen)
    assert NONCE not in stream.text.decode()


def test_a_replica_on_its_own_is_not_misled_by_an_operator(carrying):
    source = "import os, longboat\nprint(os.environ.get('TF_CONFIG'), longboat.cluster().size)"
    foreign = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    stream = carrying(source).whole(TF_CONFIG=json.dumps(foreign))
    assert stream.text == b"None 1\n"


def test_it_runs_in_a_working_folder_with_the_snapshots_files(carrying):
    carried = carrying()
    files = "import os\nprint(sorted(os.listdir()), open('sub/data.txt').read())"
    carried.pack({"main.py": files, "sub/data.txt": "of the snapshot"})
    assert carried.whole().text == b"['main.py', 'sub'] of the snapshot\n"


def test_what_an_earlier_container_left_is_replaced(carrying):
    carried = carrying(
        "import os, longboat\nprint(sorted(os.listdir()), os.listdir(longboat.model_dir()))\n"
        "os.kill(os.getpid(), 9)"
    )
    for name in ("work/old.txt", "model/old", "checkpoints/kept", "events.jsonl", "status.json"):
        (carried.run / name).parent.mkdir(parents=True, exist_ok=True)
        (carried.run / name).write_text("old\n")
    stream = carried.whole()
    assert stream.text == b"['main.py'] []\n"
    assert stream.sent == []
    (found,) = stream.of(inband.EVENT)  # of the one that is kept, and none of before
    (event,) = wire.decode(inband.unpack(found.fields["data"]))
    assert (event["kind"], event["path"]) == (wire.CHECKPOINT, "kept")
    assert (carried.run / "checkpoints" / "kept").exists()


def test_without_a_packed_snapshot_the_working_folder_is_as_it_was_found(carrying):
    carried = carrying()
    carried.snapshot.unlink()
    carried.work.mkdir(parents=True)
    (carried.work / "main.py").write_text("print(open('there').read())\nopen('new', 'w')")
    (carried.work / "there").write_text("before")
    stream = carried.whole()
    assert stream.text == b"before\n"
    assert stream.sent == ["status.json", "work/new"]


def refused(stream: Stream) -> str:
    """What was said by a carrier that could not start its replica."""
    status = json.loads(contents(stream)["status.json"])
    assert status["state"] == "failed" and status["exit_code"] == 1
    assert status["error"]["reason"] == "start-failed"
    assert (stream.end["exit_code"], stream.end["files"], stream.code) == (1, 1, 1)
    assert stream.of(inband.BEGAN) == []
    assert status["error"]["error"] in stream.text.decode()
    return status["error"]["error"]


def test_a_snapshot_that_is_damaged_is_said(carrying):
    carried = carrying("print('never')")
    carried.snapshot.write_bytes(b"no archive at all")
    assert "not arrived whole" in refused(carried.whole())
    carried.pack({"main.py": os.urandom(100_000)})
    whole = carried.snapshot.read_bytes()
    carried.snapshot.write_bytes(whole[: len(whole) // 2])
    assert "not arrived whole" in refused(carried.whole())


def test_a_snapshot_in_parts_is_put_together(carrying):
    carried = carrying()
    carried.pack({"main.py": "print(len(open('noise', 'rb').read()))", "noise": os.urandom(99_999)})
    whole = carried.snapshot.read_bytes()
    for number, begin in enumerate(range(0, len(whole), 1000)):
        (carried.job / order.part_name(number)).write_bytes(whole[begin : begin + 1000])
    assert carried.whole().text == b"99999\n"


@pytest.mark.parametrize("name", ["/etc/evil", "../evil", "a/../../evil", ".."])
def test_a_snapshot_cannot_write_outside_of_the_working_folder(carrying, name):
    carried = carrying()
    carried.pack({name: "evil"})
    assert "leads out" in refused(carried.whole())
    assert not list(carried.path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_snapshot_holds_neither_links_nor_devices(carrying, kind):
    carried = carrying()
    member = tarfile.TarInfo("odd")
    member.type, member.linkname = kind, "/etc/passwd"
    with tarfile.open(carried.snapshot, "w:gz") as archive:
        archive.addfile(member)
    assert "neither a file nor a folder" in refused(carried.whole())


def test_a_role_that_does_not_exist_is_said(carrying):
    assert "janitor" in refused(carrying().whole(LONGBOAT_REPLICA_ROLE="janitor"))


@pytest.mark.parametrize("content", [None, b"{", b"{}", b"[]", b"\xff"])
def test_an_order_that_cannot_be_read_is_said_to_whoever_looks(carrying, content):
    carried = carrying()
    (carried.job / order.ORDER).unlink()
    if content is not None:
        (carried.job / order.ORDER).write_bytes(content)
    stream = carried.whole()
    assert (stream.code, stream.raw) == (1, b"")
    assert b"The order of this replica cannot be read" in stream.complaints


@pytest.mark.parametrize(
    ("peak", "kills"),
    [
        ("memory.peak", "memory.events"),
        ("memory/memory.max_usage_in_bytes", "memory/memory.oom_control"),
    ],
)
def test_the_control_group_tells_of_memory(tmp_path, peak, kills):
    (tmp_path / "memory").mkdir()
    (tmp_path / peak).write_text("123456789\n")
    (tmp_path / kills).write_text("oom 3\noom_kill 1\n")
    usage = Usage(str(tmp_path))
    assert usage.peak() == 123456789
    assert not usage.out_of_memory()
    (tmp_path / kills).write_text("oom 3\noom_kill 2\n")
    assert usage.out_of_memory()


def test_an_order_survives_its_file():
    odd = an_order(parameters={"ü": [1, None, 2.5]}, environment={"A": "caf\udce9 $HOME\n"})
    assert order.decode(order.encode(odd)) == odd
