"""Taken, kept and laid out: byte for byte, once, whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots_tools import Desk, notebook

from longboat.errors import BadInput, Broken, Conflict, NotFound, TooLarge, Unavailable
from longboat.snapshots import reading
from longboat.snapshots.store import SnapshotStore
from longboat.spec.notebook import read_notebook


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(
    contents=st.dictionaries(
        NAMES.map(lambda name: f"d/n{name}.txt"), st.binary(max_size=200), max_size=5
    ),
)
def test_what_was_taken_is_laid_out_and_found_again(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("any")
    desk = Desk(place)
    for path, data in contents.items():
        desk.write(path, data)
    taken = desk.take()
    desk.store.materialise(taken.address, place / "out")
    laid_out = files_below(place / "out")
    assert {path: data for path, data in laid_out.items() if path != "a.ipynb"} == contents
    assert desk.store.manifest(taken.address).files == taken.files

    (place / "other").mkdir()
    again = Desk(place / "other")
    for number, path in enumerate(reversed(contents)):
        os.utime(again.write(path, contents[path]), (number, number))
    assert again.take().address == taken.address
    assert SnapshotStore(place / "third").take(place / "out" / "a.ipynb").address == taken.address


def test_outputs_counts_and_volatile_metadata_are_stripped(desk: Desk) -> None:
    plain = json.loads(notebook("x = 1\ny = 2", kernelspec={"name": "python3"}))
    address = desk.store.take(_save(desk, plain)).address
    cell = plain["cells"][0]
    cell |= {"outputs": [{"output_type": "stream"}], "execution_count": 7}
    cell["source"] = ["x = 1\n", "y = 2"]
    cell["metadata"] |= {
        "execution": {"iopub": 1},
        "collapsed": True,
        "jupyter": {"outputs_hidden": True},
    }
    plain["metadata"] |= {"widgets": {"state": "large"}}
    assert desk.store.take(_save(desk, plain)).address == address
    cell["metadata"]["tags"] = ["parameters"]
    tagged = desk.store.take(_save(desk, plain))
    assert tagged.address != address
    kept = json.loads(desk.store.read(tagged.address, "a.ipynb"))
    assert kept["cells"][0]["metadata"] == {"tags": ["parameters"]}
    assert kept["cells"][0]["outputs"] == []
    assert kept["metadata"] == {"kernelspec": {"name": "python3"}}
    desk.store.materialise(tagged.address, desk.root / "out")
    assert read_notebook(desk.root / "out" / "a.ipynb").cells[0].tags == ("parameters",)


def _save(desk: Desk, document: object) -> Path:
    return desk.write("a.ipynb", json.dumps(document))


def test_half_a_character_is_refused(desk: Desk) -> None:
    desk.write("a.ipynb", notebook("x = 1  # \ud800"))
    with pytest.raises(BadInput, match="not Unicode"):
        desk.take()


def test_the_executable_bit_travels_and_copies_may_be_changed(desk: Desk, tmp_path: Path) -> None:
    desk.write("run.sh").chmod(0o555)
    desk.write("read-only").chmod(0o444)
    address = desk.take().address
    desk.store.materialise(address, tmp_path / "out")
    assert os.access(tmp_path / "out" / "run.sh", os.X_OK)
    assert (tmp_path / "out" / "read-only").stat().st_mode & 0o777 == 0o644
    (tmp_path / "out" / "read-only").write_text("changed")
    desk.store.materialise(address, tmp_path / "out")
    assert (tmp_path / "out" / "read-only").read_text() == "changed", "laid out only once"
    desk.store.materialise(address, tmp_path / "deep" / "again")
    assert (tmp_path / "deep" / "again" / "read-only").read_text() == "content"


def test_an_empty_folder_is_filled_and_nothing_is_left_beside(desk: Desk, tmp_path: Path) -> None:
    (desk.root / "figures").mkdir()
    address = desk.take().address
    (tmp_path / "job" / "out").mkdir(parents=True)
    desk.store.materialise(address, tmp_path / "job" / "out")
    assert [path.name for path in (tmp_path / "job").iterdir()] == ["out"]
    assert (tmp_path / "job" / "out" / "figures").is_dir()


def test_a_file_in_the_way_is_told(desk: Desk) -> None:
    address = desk.take().address
    with pytest.raises(Conflict):
        desk.store.materialise(address, desk.entry)


def test_contents_are_stored_once(desk: Desk) -> None:
    for name in ("one", "two", "sub/three"):
        desk.write(name, "the same")
    desk.take()
    assert len(_blobs(desk)) == 2


def test_taking_again_writes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("x")
    address = desk.take().address
    before = files_below(desk.store.root)

    def no_sync(descriptor: int) -> None:
        raise AssertionError("nothing is to be synced")

    monkeypatch.setattr(os, "fsync", no_sync)
    assert desk.take().address == address
    assert files_below(desk.store.root) == before
    desk.write("y", "new")
    with pytest.raises(AssertionError, match="synced"):
        desk.take()


def _blobs(desk: Desk) -> list[Path]:
    return [path for path in desk.store.blobs.root.rglob("*") if path.is_file()]


def test_damage_is_told_and_nothing_is_laid_out(desk: Desk, tmp_path: Path) -> None:
    desk.write("x", "precious")
    snapshot = desk.take()
    (blob,) = (desk.store.blobs.path(f.sha256) for f in snapshot.files if f.path == "x")
    for damage, sentence in ((b"PRECIOUS", "is damaged"), (None, "is missing")):
        blob.unlink()
        if damage:
            blob.write_bytes(damage)
        with pytest.raises(Broken, match=sentence):
            desk.store.materialise(snapshot.address, tmp_path / "out")
        assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    assert desk.take().address == snapshot.address, "taking it again mends it"
    desk.store.materialise(snapshot.address, tmp_path / "out")

    listing = desk.store.manifests / f"{snapshot.address}.json"
    listing.write_bytes(listing.read_bytes()[:-5])
    with pytest.raises(Broken, match="damaged"):
        desk.store.manifest(snapshot.address)
    listing.unlink()
    with pytest.raises(NotFound):
        desk.store.manifest(snapshot.address)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "abc", "A" * 64, "0" * 64])
def test_addresses_that_are_none(desk: Desk, address: str) -> None:
    with pytest.raises(NotFound):
        desk.store.manifest(address)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ""])
def test_a_foreign_list_cannot_lead_outside(desk: Desk, tmp_path: Path, path: str) -> None:
    from longboat.snapshots.manifest import FileEntry, Manifest, encode

    taken = desk.take()
    entry = FileEntry(path, 1, taken.files[0].sha256)
    address, data = encode(Manifest(entry="a.ipynb", files=(entry,)))
    (desk.store.manifests / f"{address}.json").write_bytes(data)
    with pytest.raises(Broken, match="refused"):
        desk.store.materialise(address, tmp_path / "deep" / "out")


def test_takers_and_layers_out_at_once(desk: Desk, tmp_path: Path) -> None:
    for number in range(20):
        desk.write(f"{number}.bin", os.urandom(1000))
    start = threading.Barrier(8)

    def work(number: int) -> str:
        start.wait()
        address = SnapshotStore(desk.store.root).take(desk.entry).address
        desk.store.materialise(address, tmp_path / "out")
        return address

    with ThreadPoolExecutor(8) as pool:
        addresses = set(pool.map(work, range(8)))
    assert len(addresses) == 1
    assert len(files_below(tmp_path / "out")) == 21
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]
    assert not list(desk.store.blobs.temporary.iterdir())


def test_a_growing_file_is_read_as_at_one_moment(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"a" * 100)
    done = threading.Event()

    def append() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"a" * 1000)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        data, _ = reading.read_steady(str(path), 10_000_000)
    finally:
        done.set()
        writer.join()
    assert set(data) == {ord("a")}
    assert len(data) <= 10_000_001
    assert reading.read_steady(str(path), 50) == (b"a" * 51, True)


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=r"."):
            reading.read_steady(str(tmp_path / name), 100)


def test_a_notebook_over_the_limit(desk: Desk) -> None:
    desk.write("a.ipynb", notebook("x = '" + "y" * 5000 + "'"))
    with pytest.raises(TooLarge, match="alone"):
        desk.take(limit=1000)


def test_no_room_is_told_and_nothing_is_half_written(desk: Desk) -> None:
    first = desk.take().address
    desk.write("big", os.urandom(300_000))
    code = (
        "import resource, sys, signal; from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from longboat.snapshots.store import SnapshotStore\n"
        "from longboat.errors import Unavailable\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: SnapshotStore(Path(sys.argv[1])).take(Path(sys.argv[2]))\n"
        "except Unavailable as error: print(error)\n"
    )
    command = [sys.executable, "-c", code, str(desk.store.root), str(desk.entry)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "cannot be written" in said
    assert [path.stem for path in desk.store.manifests.iterdir()] == [first]
    assert all(path.stat().st_size < 100_000 for path in _blobs(desk))
    assert not list(desk.store.blobs.temporary.iterdir())


@pytest.mark.parametrize(
    "moment", ["blobs.sync_directory", "store.write_atomic", "blobs._sync_file"]
)
def test_killed_while_taking(desk: Desk, moment: str) -> None:
    desk.write("x", "content of x")
    module = moment.split(".")[0]
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        f"from longboat.snapshots import {module}, store\n"
        f"{moment} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "store.SnapshotStore(Path(sys.argv[1])).take(Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", code, str(desk.store.root), str(desk.entry)]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
    assert not list(desk.store.manifests.glob("*.json"))
    for blob in _blobs(desk):
        if blob.parent.parent == desk.store.blobs.root:
            assert desk.store.blobs.read(blob.name)
    address = desk.take().address
    desk.store.materialise(address, desk.root / "out")
    assert (desk.root / "out" / "x").read_text() == "content of x"


def test_what_the_killed_left_is_swept(desk: Desk) -> None:
    left = desk.store.blobs.temporary / "0123456789abcdef"
    left.mkdir(parents=True)
    desk.take()
    assert left.exists(), "it may belong to somebody"
    os.utime(left, (1, 1))
    desk.write("x", "new")
    desk.take()
    assert not left.exists()


def test_a_store_that_cannot_be_written(desk: Desk) -> None:
    desk.store = SnapshotStore(desk.entry / "below a file")
    with pytest.raises(Unavailable, match="cannot be written"):
        desk.take()


def test_restored_only_where_nothing_is(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("run.sh", "#!/bin/sh").chmod(0o755)
    address = desk.take("run.sh").address
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    desk.store.restore(address, tmp_path / "new")
    desk.store.restore(address, tmp_path / "link")
    assert os.access(tmp_path / "new" / "run.sh", os.X_OK)
    assert (tmp_path / "link").is_symlink() and (tmp_path / "empty" / "a.ipynb").exists()
    for taken in ("new", "link", "work/a.ipynb", "work"):
        with pytest.raises(BadInput, match="is there already; choose a new or empty"):
            desk.store.restore(address, tmp_path / taken)
    with pytest.raises(BadInput, match="is not a folder; make it first"):
        desk.store.restore(address, tmp_path / "no" / "where")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(BadInput, match=r"You are in .*; name a new folder"):
        desk.store.restore(address, Path.cwd())


def test_a_restore_that_fails_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.write("b", "content")
    snapshot = desk.take("b")
    desk.store.blobs.path(snapshot.files[-1].sha256).write_text("changed")
    with pytest.raises(Broken, match="damaged"):
        desk.store.restore(snapshot.address, tmp_path / "new")
    assert not list(tmp_path.glob("*new*"))


def test_a_snapshot_from_elsewhere_is_kept_like_one_of_here(desk: Desk, tmp_path: Path) -> None:
    desk.write("b", "content")
    snapshot = desk.take("b")
    (tmp_path / "contents").mkdir()
    for file in snapshot.files:
        data = desk.store.blobs.read(file.sha256)
        (tmp_path / "contents" / file.sha256).write_bytes(data)
    listed = desk.store.manifest_path(snapshot.address).read_bytes()
    other = SnapshotStore(tmp_path / "other")
    with pytest.raises(Broken):
        other.adopt(snapshot.address, listed + b" ", tmp_path / "contents")
    assert not other.root.exists()
    other.adopt(snapshot.address, listed, tmp_path / "contents")
    assert other.manifest(snapshot.address).files == snapshot.files
    assert other.read(snapshot.address, "b") == b"content"


def test_a_look_tells_what_taking_would_and_stores_nothing(desk: Desk) -> None:
    desk.write("data.csv", "1,2")
    desk.write("key.txt", "-----BEGIN PRIVATE KEY-----\n" + "A" * 64)
    seen = desk.store.look(desk.entry)
    assert not desk.store.root.exists()
    assert seen == desk.take()
    assert seen.warnings
