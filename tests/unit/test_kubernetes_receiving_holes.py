"""What comes with holes, or is nothing that a carrier writes: shown with its size, and harmless."""

from __future__ import annotations

import contextlib
import json
import random
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from receiving_tools import (
    NONCE,
    NOTE,
    SECOND,
    START,
    Pod,
    a_pod,
    expected,
    folder,
    go_on,
    receive,
    received,
    timed,
    without_times,
)

from longboat.backends.kubernetes.receiving.files import place
from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.guest import inband, wire
from longboat.guest.inband import Record, encode
from longboat.records.layout import ReplicaDirectory

__all__ = ["folder"]


def gaps(folder: Path) -> list[dict[str, object]]:
    events = wire.decode((folder / "events.jsonl").read_bytes())
    return [event for event in events if event["kind"] == wire.GAP]


def test_a_gap_is_shown_with_its_size_where_it_is(folder):
    pod = Pod().record(inband.BEGAN).say(b"one\n").record(inband.MARK)
    lost = pod.lines()
    pod.say(b"x" * 12_344 + b"\n")
    gone = len(pod.lines())
    pod.say(b"two\n").event(step=1).say(b"three\n")
    lines = pod.lines()
    receiver = receive(folder, [*lines[: len(lost)], *lines[gone:]])
    assert (folder / "log").read_bytes() == (
        b"one\ntwo\n[longboat: 12,345 bytes of this log were lost on the way]\nthree\n"
    )
    (gap,) = gaps(folder)
    assert (gap["bytes"], gap["records"]) == (12_345, 0)
    assert gap["t"] == lines[gone + 1][0] / SECOND
    assert receiver.lost_bytes == 12_345 and not receiver.complete


def test_a_gap_begins_a_line_of_its_own(folder):
    pod = Pod().record(inband.BEGAN).say(b"lost\n").say(b"half").record(inband.MARK).say(b" done\n")
    lines = pod.lines()
    receive(folder, [lines[0], *lines[2:]])
    assert (folder / "log").read_bytes() == (
        b"half\n[longboat: 5 bytes of this log were lost on the way]\n done\n"
    )


def test_a_stream_whose_beginning_is_gone_says_so(folder):
    pod = Pod().record(inband.BEGAN).say(b"y" * 999 + b"\n").event(step=1).say(b"seen\n").event()
    receiver = receive(folder, pod.lines()[-2:])
    assert (folder / "log").read_bytes() == (
        b"seen\n[longboat: 1,000 bytes of this log and 2 reports or files were lost on the way]\n"
    )
    assert receiver.began
    assert [event["kind"] for event in map(json.loads, (folder / "events.jsonl").open())] == [
        "gap",
        "metrics",
    ]


def test_a_file_with_a_hole_in_it_is_not_there_and_is_named(folder):
    pod = Pod().file("model/m", random.Random(4).randbytes(9000)).file("work/w", b"w").end()
    lines = pod.lines()
    receiver = receive(folder, [*lines[:2], *lines[3:]])
    assert not (folder / "model").exists()
    assert (folder / "work" / "w").read_bytes() == b"w"
    assert receiver.missing == {"model/m": 9000}
    assert receiver.lost_files == 1 and not receiver.complete


def test_a_file_of_which_nothing_came_is_counted(folder):
    pod = Pod().file("model/m", b"m").file("work/w", b"w").end()
    receiver = receive(folder, pod.lines()[2:])
    assert (receiver.lost_files, receiver.missing) == (1, {})


@settings(max_examples=80, deadline=None)
@given(st.sets(st.integers(0, 40)), st.integers(0, 30), st.integers(0, 10))
def test_whatever_is_missing_the_rest_is_exact_and_the_size_is_told(holes, saved, more):
    pod = a_pod()
    every = pod.lines()
    lines = [line for number, line in enumerate(every) if number not in holes]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        go_on(folder, lines, saved, more)
        receiver = receive(folder, lines)
        text = [text_of(data) for _, data in lines]
        found = received(folder)
        assert NOTE.sub(b"", found.get("log", b"")).replace(b"\n", b"") == b"".join(text).replace(
            b"\n", b""
        )
        if receiver.end is not None:
            assert receiver.lost_bytes == len(pod.text) - sum(map(len, text))
            arrived = [path for path in pod.files if path in found]
            assert receiver.lost_files == len(pod.files) - len(arrived)
        assert all(found[path] == pod.files[path] for path in pod.files if path in found)
        whole_events = set(pod.events.splitlines())
        events = found.get("events.jsonl", b"").splitlines()
        assert all(event in whole_events or b'"gap"' in event for event in events)
        if lines[-1:] == every[-1:]:
            assert receiver.complete == (len(lines) == len(every))


def text_of(line: bytes) -> bytes:
    reader = inband.Reader(NONCE)
    return b"".join(p for p in [*reader.feed(line), reader.rest()] if isinstance(p, bytes))


def test_a_source_that_is_gone_is_said_once(folder):
    pod = Pod().record(inband.BEGAN).say(b"one\nha").record(inband.MARK)
    receiver = receive(folder, pod.lines())
    receiver.lose("the pod was deleted")
    receiver.lose("the pod was deleted")
    receiver.save()
    again = Receiver(ReplicaDirectory(folder), NONCE)
    again.lose("the pod was deleted")
    again.save()
    assert (folder / "log").read_bytes() == (
        b"one\nha\n[longboat: the rest of this log is lost: the pod was deleted]\n"
    )
    assert [(gap["bytes"], gap["records"]) for gap in gaps(folder)] == [(None, None)]
    assert not again.complete


def test_nothing_is_lost_after_the_end(folder):
    receiver = receive(folder, a_pod().lines())
    receiver.lose("the pod was deleted")
    receiver.save()
    assert without_times(received(folder)) == expected(a_pod())
    assert receiver.complete


def test_what_others_print_beside_the_carrier_is_no_gap(folder):
    pod = Pod().record(inband.BEGAN).say(b"one\n").record(inband.MARK)
    lines = [(START, b"from the image's entrypoint\n"), *pod.lines(), (START * 2, b"after\n")]
    receiver = receive(folder, lines)
    assert (folder / "log").read_bytes() == b"from the image's entrypoint\none\nafter\n"
    assert receiver.complete


def test_a_line_without_a_time_is_none_of_the_replicas(folder):
    lines = Pod().record(inband.BEGAN).say(b"one\n").end().lines()
    complaint = (-1, b"unable to retrieve container logs for containerd://0123\n")
    receiver = receive(folder, [complaint, lines[0], complaint, *lines[1:]])
    assert (folder / "log").read_bytes() == b"one\n"
    assert receiver.complete and receiver.resume_at == lines[-1][0]


# What no carrier writes.


def test_a_print_cannot_forge_a_record(folder):
    fields = {"path": "work/evil", "size": 0, "sha256": ""}
    forged = encode("f" * 16, Record(inband.FILE, 0, 0, fields))
    forged += b'\x1e{"k":"end"}\n\x1e\n'
    pod = Pod().record(inband.BEGAN).say(forged).record(inband.MARK)
    receiver = receive(folder, pod.lines())
    assert (folder / "log").read_bytes() == forged
    assert receiver.end is None and receiver.complete


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "/", "/etc/evil", "../evil", "work/../../evil", "work/../log"),
        *("log", "log.times", "events.jsonl", ".received", ".parts", "work", "model"),
        *("status.json/x", "./status.json", "other/file", "work/\0", "work/" + "x" * 300),
        *("work/link/evil", "work//../../evil", "work/.."),
    ],
)
def test_a_file_is_only_written_where_a_replicas_files_lie(tmp_path, folder, path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "work").mkdir(parents=True)
    (folder / "work" / "link").symlink_to(outside)
    pod = (
        Pod().say(b"text\n").file("work/before", b"1").file(path, b"evil").file("work/after", b"2")
    )
    receiver = receive(folder, pod.end().lines())
    found = received(folder)
    found.pop("log.times")
    assert found == {"log": b"text\n", "work/before": b"1", "work/after": b"2"}
    assert list(outside.iterdir()) == []
    assert not list(tmp_path.rglob("evil"))
    assert receiver.lost_files == 1 and not receiver.complete


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (inband.EVENT, {}),
        (inband.EVENT, {"data": "?", "last": True}),
        (inband.EVENT, {"data": 3, "last": True}),
        (inband.FILE, {"path": "work/x", "size": 1 << 40, "sha256": ""}),
        (inband.FILE, {"path": "work/\ud800", "size": 1, "sha256": ""}),
        (inband.FILE, {"path": 3, "size": 1, "sha256": ""}),
        (inband.LEFT, {"path": "x", "size": -1}),
        (inband.LEFT, {"path": "x", "size": 1 << 70}),
        (inband.END, {"exit_code": 0}),
        (inband.END, {"exit_code": 0, "at": float("nan"), "memory_peak": 1, "oom": 0, "files": 0}),
        (inband.END, {"exit_code": 9**9, "at": 1, "memory_peak": 1, "oom": False, "files": 0}),
    ],
)
def test_a_record_that_no_carrier_writes_does_no_harm(folder, kind, fields):
    pod = Pod().record(inband.BEGAN).record(kind, **fields).say(b"text\n").event(step=1)
    receiver = receive(folder, pod.lines())
    assert not receiver.complete
    assert (receiver.end, receiver.left) == (None, [])
    again = Receiver(ReplicaDirectory(folder), NONCE)
    assert again.resume_at == pod.lines()[-1][0]
    assert (folder / "log").read_bytes() == b"text\n"
    assert (folder / "events.jsonl").read_bytes() == pod.events


def test_kinds_of_tomorrow_are_passed_over(folder):
    pod = Pod().record("of tomorrow", x=[1]).say(b"text\n").end()
    assert receive(folder, pod.lines()).complete


def test_a_file_that_is_not_what_was_announced_is_not_written(folder):
    pod = Pod().file("work/w", b"content").end()
    raw = pod.raw.replace(b'"size":7', b'"size":6')
    assert raw != pod.raw
    receiver = receive(folder, timed(raw))
    assert not (folder / "work").exists()
    assert receiver.missing == {"work/w": 6}


def test_a_part_without_its_file_is_passed_over(folder):
    pod = Pod().record(inband.PART, data="", last=True).say(b"text\n").end()
    assert receive(folder, pod.lines()).complete


# Space and speed.


def test_after_a_full_disk_it_goes_on_exactly(folder):
    pod = Pod().record(inband.BEGAN)
    for number in range(5_000):
        pod.say(b"line %07d of many\n" % number)
    pod.event(step=1).file("work/large", bytes(400_000)).end()
    lines = pod.lines(step=1000)
    for limit in (50_000, 150_000):  # the log does not fit, then the file
        with no_file_larger_than(limit), pytest.raises(OSError, match="too large"):
            receive(folder, lines)
    receiver = receive(folder, lines)
    assert without_times(received(folder)) == expected(pod)
    assert receiver.complete


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_name_that_this_machine_cannot_have_is_no_error(tmp_path):
    (tmp_path / "work" / "folder").mkdir(parents=True)
    assert not place(tmp_path, "work/folder", [b"x"])
    assert place(tmp_path, "work/file", [b"x"])
    assert not place(tmp_path, "work/file/below", [b"x"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_very_many_lines_come_in_whole(folder):
    lines = [(START + n * 1000, b"line %07d of quite ordinary length\n" % n) for n in range(10**5)]
    receiver = Receiver(ReplicaDirectory(folder), NONCE)
    for start in range(0, len(lines), 10_000):
        receiver.take_many(lines[start : start + 10_000])
        receiver.save()
    assert (folder / "log").read_bytes() == b"".join(data for _, data in lines)
