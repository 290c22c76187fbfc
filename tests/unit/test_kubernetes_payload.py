"""What travels in Secrets: the same bytes each time, unpacked as it was, no more than fits."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import carry_tools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.launches import launch_of
from longboat.backends.base import Launch
from longboat.backends.kubernetes.objects.payload import (
    LIMIT,
    SECRET_LIMIT,
    Content,
    check_sizes,
    contents,
    cut,
    pack,
)
from longboat.errors import Broken, TooLarge
from longboat.guest import order
from longboat.guest.unpacking import unpack
from longboat.snapshots.manifest import Snapshot
from longboat.snapshots.store import SnapshotStore


def snapshot_of(launch: Launch) -> tuple[SnapshotStore, Snapshot]:
    store = SnapshotStore(launch.snapshots_root)
    return store, store.manifest(launch.snapshot)


def test_the_same_files_are_the_same_bytes_whenever_they_are_packed(tmp_path: Path) -> None:
    files = {"data/b.csv": b"b", "data/a.csv": b"a", "ünïcode ✓.txt": b"u"}
    launches = [launch_of(tmp_path / name, files=files) for name in ("one", "two")]
    for path in (tmp_path / "two").rglob("*"):
        os.utime(path, (1, 1))
    first, second = (pack(*snapshot_of(launch)) for launch in launches)
    assert first == second


def test_the_archive_tells_nothing_but_names_contents_and_what_is_executable(
    tmp_path: Path,
) -> None:
    tool = tmp_path / "sources" / "tool.sh"
    tool.parent.mkdir()
    tool.touch(mode=0o700)
    launch = launch_of(tmp_path, files={"tool.sh": b"#!/bin/sh\n", "data/a.csv": b"a"})
    packed = pack(*snapshot_of(launch))
    assert packed[4:8] == bytes(4)  # gzip's time, RFC 1952
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        members = archive.getmembers()
    assert [(each.name, oct(each.mode)) for each in members] == [
        ("data/a.csv", "0o644"),
        ("main.py", "0o644"),
        ("tool.sh", "0o755"),
    ]
    assert {(each.uid, each.gid, each.mtime, each.uname) for each in members} == {(0, 0, 0, "")}


def test_the_guest_unpacks_what_the_host_has_laid_out(tmp_path: Path) -> None:
    launch = launch_of(tmp_path, files={"data/a.csv": b"a" * 70_000, "ünïcode ✓.txt": b""})
    store, snapshot = snapshot_of(launch)
    store.materialise(launch.snapshot, tmp_path / "here")
    (tmp_path / "there").mkdir()
    packed = [{order.part_name(0): pack(store, snapshot)}]
    unpack(mounted(tmp_path / "job", packed), str(tmp_path / "there"))
    here, there = files_in(tmp_path / "here"), files_in(tmp_path / "there")
    assert here == there
    assert len(here) == 4


def mounted(folder: Path, secrets: list[Content]) -> list[str]:
    """Lay the contents of all Secrets into one folder, as a kubelet does; give the parts' paths."""
    folder.mkdir()
    for secret in secrets:
        for name, data in secret.items():
            assert not (folder / name).exists()
            (folder / name).write_bytes(data)
    return order.parts(str(folder))


def files_in(folder: Path) -> dict[str, bytes]:
    """What is in a folder; folders as if they were empty files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files without a snapshot, which would be synced to the disk."""
    with tempfile.NamedTemporaryFile() as archive:
        carry_tools.pack(Path(archive.name), dict(files))
        return archive.read()


@settings(deadline=None, max_examples=50)  # files are written and read
@given(
    st.dictionaries(st.sampled_from(["a", "b", "ü/c", "ü/d"]), st.binary(max_size=2000)),
    st.integers(100, 2000),
    st.integers(0, 2000),
)
def test_however_it_is_cut_the_same_files_arrive(
    files: dict[str, bytes], limit: int, beside: int
) -> None:
    head = {order.ORDER: bytes(min(limit, beside))}
    secrets = cut(head, archive_of(files), limit)
    sizes = [sum(map(len, secret.values())) for secret in secrets]
    assert set(sizes[:-1]) <= {limit}
    assert 0 < sizes[-1] <= limit or len(sizes) == 1
    with tempfile.TemporaryDirectory() as place:
        job, work = Path(place, "job"), Path(place, "work")
        unpack(mounted(job, secrets), str(work))
        assert (job / order.ORDER).read_bytes() == head[order.ORDER]
        found = {path: data for path, data in files_in(work).items() if path != "ü"}
        assert found == files


def flipped(part: bytes) -> bytes:
    return part[:-1] + bytes([part[-1] ^ 1])


DAMAGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "the first part is missing": lambda parts: parts[1:],
    "a part is missing": lambda parts: parts[:4] + parts[5:],
    "the last part is missing": lambda parts: parts[:-1],
    "two parts have changed places": lambda parts: [*parts[:3], parts[4], parts[3], *parts[5:]],
    "a byte has changed": lambda parts: [*parts[:4], flipped(parts[4]), *parts[5:]],
    "a part is of another snapshot": lambda parts: [*parts[:4], os.urandom(10_000), *parts[5:]],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_parts_that_do_not_belong_together_are_told(tmp_path: Path, damage: str) -> None:
    # What cannot be made smaller is kept as it is: only the checksum tells what is wrong in it.
    whole = cut({}, archive_of({"noise.bin": os.urandom(100_000)}), 10_000)
    parts = DAMAGES[damage]([part for secret in whole for part in secret.values()])
    named = [{order.part_name(number): part} for number, part in enumerate(parts)]
    with pytest.raises(Broken, match="have not arrived whole"):
        unpack(mounted(tmp_path / "job", named), str(tmp_path / "work"))


def test_as_much_as_may_travel_is_not_too_large() -> None:
    check_sizes(SECRET_LIMIT, LIMIT - SECRET_LIMIT)
    with pytest.raises(TooLarge) as caught:
        check_sizes(SECRET_LIMIT, LIMIT - SECRET_LIMIT + 1)
    told = str(caught.value)
    assert "16,777,217 bytes" in told
    assert "16,777,216 bytes" in told
    for way_out in (".longboatignore", "image", "--volume", "clusters.toml"):
        assert way_out in told


def test_values_that_no_secret_holds_are_told(tmp_path: Path) -> None:
    launch = launch_of(tmp_path, env={"LONG": "x" * SECRET_LIMIT})
    with pytest.raises(TooLarge, match="variables, secrets and parameters are 1,"):
        contents(launch, "n0nce", {}, volume=False)


def test_what_is_too_large_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    launch = launch_of(tmp_path, files={"noise.bin": os.urandom(LIMIT)})
    with pytest.raises(TooLarge, match=r"Name one \(--volume, .*, leave files out"):
        contents(launch, "n0nce", {}, volume=False)


def test_what_packs_well_may_be_larger(tmp_path: Path) -> None:
    launch = launch_of(tmp_path, files={"zeros.bin": bytes(2 * LIMIT)})
    [files] = contents(launch, "n0nce", {}, volume=False).secrets
    assert sum(map(len, files.values())) < SECRET_LIMIT / 2


def test_secrets_that_cannot_be_read_are_not_shown(tmp_path: Path) -> None:
    launch = launch_of(tmp_path, secrets={"TOKEN": "s3cr3t"})
    assert launch.secrets_file is not None
    for damaged in (b'{"TOKEN": "s3cr3t', b'{"TOKEN": 5}', b'{"TOKEN": "s3cr3t\xff"}', b""):
        launch.secrets_file.write_bytes(damaged)
        with pytest.raises(Broken, match=r"secrets\.json is damaged") as caught:
            contents(launch, "n0nce", {}, volume=False)
        assert "s3cr3t" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_damaged_snapshot_is_not_sent(tmp_path: Path) -> None:
    launch = launch_of(tmp_path)
    store, snapshot = snapshot_of(launch)
    store.blobs.path(snapshot.files[0].sha256).write_bytes(b"something else")
    with pytest.raises(Broken, match="damaged"):
        contents(launch, "n0nce", {}, volume=False)
