"""A replica's folder from its copy: exact, from every segment on, and never half exchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from carry_tools import Carrying
from receiving_tools import NONCE, Pod, receive, received, timed

from longboat.backends.kubernetes.receiving.rebuilding import Rebuilding, complete_exchange
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.backends.kubernetes.receiving.segments import Absent, Segment, read_segment
from longboat.guest import copies, segment
from longboat.records.layout import ReplicaDirectory
from longboat.records.timeline import blocks

START = 1_800_000_000 * 10**9


@pytest.fixture
def directory(tmp_path: Path) -> ReplicaDirectory:
    directory = ReplicaDirectory(tmp_path / "worker-0")
    directory.path.mkdir()
    return directory


def a_pod(end: bool = True) -> Pod:
    pod = Pod().say(b"one\ntwo\r 50%\r100%\r\n").event(step=1).say(b"un\x1e").event(step=2)
    pod.file("model/saved_model.pb", os.urandom(20_000)).say(b"finished")
    return pod.end() if end else pod


def copy_of(pod: Pod) -> bytes:
    """Each line with a time a second after that of the one before."""
    lines = pod.raw.split(b"\n")
    stamped = (copies.stamp(START + n * 10**9) + line for n, line in enumerate(lines) if line)
    return b"\n".join(stamped) + (b"\n" if pod.raw.endswith(b"\n") else b"")


def segments(copy: bytes, size: int, start: int = 0) -> Iterator[Segment]:
    """What is read of it from ``start`` on, each from where the last whole line has ended."""
    while True:
        data = copy[start : start + size]
        last = start + size >= len(copy)
        yield Segment(data, last)
        if last:
            return
        start += data.rfind(b"\n") + 1


def rebuilt(directory: ReplicaDirectory, copy: bytes, size: int) -> Rebuilding:
    for each in segments(copy, size):
        rebuilding = Rebuilding(directory, NONCE)  # as after a crash
        assert rebuilding.take(each)
    return rebuilding


@pytest.mark.parametrize("size", [4300, 5000, 12_345, 1 << 20])
def test_from_whatever_segments_it_becomes_the_same(directory: ReplicaDirectory, size: int) -> None:
    pod = a_pod()
    assert rebuilt(directory, copy_of(pod), size).replaces(None, "")
    found = received(directory.path)
    times = found.pop("log.times")
    assert found == {"log": pod.text, "events.jsonl": pod.events, **pod.files}
    assert len(times) > 16 * 3
    first, *_ = blocks(directory.log, directory.log_times)
    assert first.time == START / 1e9


def test_a_segment_without_a_whole_line_is_none_of_a_copy(directory: ReplicaDirectory) -> None:
    assert not Rebuilding(directory, NONCE).take(Segment(b"x" * 1000, False))


@pytest.mark.parametrize("cut", range(1, 90, 4))
def test_a_record_that_was_being_written_is_no_text(directory: ReplicaDirectory, cut: int) -> None:
    pod = Pod().say(b"one\ntwo")
    whole = len(copy_of(pod))
    copy = copy_of(pod.event(step=1))
    torn = copy[: whole + cut]
    assert rebuilt(directory, torn, 1 << 20).replaces(None, "it is gone")
    text = directory.log.read_bytes()
    assert text == b"one\ntwo\n[longboat: the rest of this log is lost: it is gone]\n"


def test_text_that_looks_a_little_like_a_record_stays(directory: ReplicaDirectory) -> None:
    rebuilt(directory, copy_of(Pod().say(b"one \x1e{no")), 1 << 20).replaces(None, "it is gone")
    assert directory.log.read_bytes().startswith(b"one \x1e{no\n[longboat")


def test_what_is_less_than_what_is_there_does_not_replace_it(directory: ReplicaDirectory) -> None:
    pod = a_pod()
    there = receive(directory.path, pod.lines())
    before = received(directory.path)
    short = rebuilt(directory, copy_of(Pod().say(b"one\n")), 1 << 20)
    assert not short.replaces(there, "")
    assert received(directory.path) == before
    assert list(directory.path.parent.iterdir()) == [directory.path]


def test_a_copy_with_a_hole_does_not_replace_what_is_whole(directory: ReplicaDirectory) -> None:
    pod = a_pod()
    there = receive(directory.path, pod.lines())
    lines = copy_of(pod).splitlines(keepends=True)
    holed = rebuilt(directory, b"".join(lines[:1] + lines[2:]), 1 << 20)
    assert not holed.replaces(there, "")
    assert directory.log.read_bytes() == pod.text


def test_what_goes_further_without_an_end_replaces_it(directory: ReplicaDirectory) -> None:
    there = receive(directory.path, timed(Pod().say(b"one\n").raw))
    longer = rebuilt(directory, copy_of(Pod().say(b"one\ntwo\n")), 1 << 20)
    assert longer.replaces(there, "it is gone")
    assert directory.log.read_bytes().startswith(b"one\ntwo\n[longboat")


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_an_exchange_that_was_cut_off_is_completed(
    directory: ReplicaDirectory, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    pod = a_pod()
    there = receive(directory.path, timed(Pod().say(b"one\n").raw))
    rebuilding = rebuilt(directory, copy_of(pod), 1 << 20)

    class Killed(BaseException):
        pass

    def rename(old: Path, new: Path) -> None:
        nonlocal renamed
        if not renamed:
            raise Killed
        renamed -= 1
        old.rename(new)

    with monkeypatch.context() as patch:
        patch.setattr("longboat.backends.kubernetes.receiving.rebuilding.rename", rename)
        try:
            rebuilding.replaces(there, "")
        except Killed:
            complete_exchange_later = True
        else:
            complete_exchange_later = False
    complete_exchange(directory)
    if not Receiver(directory, NONCE).copied:
        assert complete_exchange_later
        assert Rebuilding(directory, NONCE).replaces(there, "")
    assert directory.log.read_bytes() == pod.text
    assert list(directory.path.parent.iterdir()) == [directory.path]


# --- segments as they are printed


def printed(path: Path, start: int = 0) -> list[bytes]:
    program = "from longboat.guest.main import main; main()"
    command = [sys.executable, "-c", program, "segment", str(path), str(start)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.stderr == b""
    return done.stdout.splitlines(keepends=True)


def test_a_copy_is_printed_in_segments_that_no_node_rotates(tmp_path: Path) -> None:
    data = os.urandom(9 << 20)
    (tmp_path / "stream-a").write_bytes(data)
    found, sizes, last = b"", [], False
    while not last:
        lines = printed(tmp_path / "stream-a", len(found))
        # A node writes the time and two words before each line.
        sizes.append(sum(len(line) + 45 for line in lines))
        read = read_segment(lines, len(found))
        assert read is not None
        found, last = found + read.data, read.last
    assert found == data
    assert max(sizes) <= segment.PRINTED and len(sizes) == 2


def test_the_newest_copy_is_that_of_a_pod_that_nobody_knows(tmp_path: Path) -> None:
    for age, name in enumerate(("stream-b", "stream-a", "stream-c")):
        (tmp_path / name).write_bytes(name.encode())
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    assert read_segment(printed(tmp_path / "stream-"), 0) == Segment(b"stream-b", True)


def test_a_copy_that_is_missing_is_said(tmp_path: Path) -> None:
    for name in ("stream-a", "stream-", "absent/stream-"):
        with pytest.raises(Absent, match="No such file"):
            read_segment(printed(tmp_path / name), 0)


def test_what_is_not_whole_is_no_segment(tmp_path: Path) -> None:
    (tmp_path / "stream-a").write_bytes(os.urandom(10_000))
    lines = printed(tmp_path / "stream-a")
    assert read_segment(lines, 1) is None
    for missing in range(len(lines)):
        assert read_segment(lines[:missing] + lines[missing + 1 :], 0) is None


# --- what a carrier keeps


def test_a_copy_that_a_carrier_wrote_is_all_that_it_sent_and_more(
    tmp_path: Path, directory: ReplicaDirectory
) -> None:
    source = """\
import longboat, os, pathlib, time
print("first", flush=True)
time.sleep(0.5)
print("x" * 300_000)
for step in range(300):
    longboat.report(step=step, loss=1)
    print("step", step, end="\\r" if step % 3 else "\\n")
pathlib.Path("small").write_bytes(b"small")
pathlib.Path("large").write_bytes(os.urandom(1_000_000))
"""
    carrying = Carrying(tmp_path, source)
    kept = {copies.FOLDER: str(tmp_path / "kept"), copies.POD: "a-pod"}
    stream = carrying.whole("--limit", "100000", **kept)
    assert stream.end["files"] == 2 and stream.end["copied"] == 3
    copy = (tmp_path / "kept/worker-0/stream-a-pod").read_bytes()
    assert rebuilt(directory, copy, 400_000).replaces(None, "")
    found = received(directory.path)
    assert found.pop("log") == stream.text
    found.pop("log.times")
    in_the_pod = received(carrying.run)
    del in_the_pod["work/main.py"]
    assert found == in_the_pod
    first, second, *_ = blocks(directory.log, directory.log_times)
    assert first.data == b"first\n" and second.time - first.time > 0.4
