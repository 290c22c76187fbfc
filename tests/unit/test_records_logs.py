"""Logs: bytes kept whole, times beside them, read back alone and merged."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.records import logs, timeline
from longboat.records.layout import ReplicaDirectory
from longboat.records.logs import LogWriter
from longboat.records.timeline import LogReader, blocks, merged
from longboat.spec.job import Replica

SECOND = 10**9


@pytest.fixture
def replica(tmp_path):
    return ReplicaDirectory(tmp_path)


def stamp(directory, *records):
    directory.log_times.write_bytes(b"".join(struct.pack("<QQ", *record) for record in records))


def test_writes_are_in_the_file_when_write_returns(replica):
    writer = LogWriter(replica.log, replica.log_times)
    writer.write(b"caf\xc3\xa9 \xff\x00")
    assert replica.log.read_bytes() == b"caf\xc3\xa9 \xff\x00"
    writer.write(b"more")
    writer.close()
    assert replica.log.read_bytes() == b"caf\xc3\xa9 \xff\x00more"


def test_a_second_writer_appends(replica):
    for data in (b"first\n", b"second\n"):
        writer = LogWriter(replica.log, replica.log_times)
        writer.write(data)
        writer.close()
    assert replica.log.read_bytes() == b"first\nsecond\n"
    records = list(logs.RECORD.iter_unpack(replica.log_times.read_bytes()))
    assert [offset for _, offset in records] == [0, 6]
    assert records[0][0] <= records[1][0]


def test_the_index_does_not_grow_with_the_number_of_writes(replica, monkeypatch):
    now = [0]
    monkeypatch.setattr(logs.time, "monotonic_ns", lambda: now[0])
    writer = LogWriter(replica.log, replica.log_times)
    for _ in range(100):
        now[0] += 1_000_000
        writer.write(b"x\n")
    writer.close()
    offsets = [offset for _, offset in logs.RECORD.iter_unpack(replica.log_times.read_bytes())]
    assert offsets == [20 * n for n in range(10)]


def test_a_torn_index_record_is_cut_by_the_next_writer_and_ignored_by_readers(replica):
    replica.log.write_bytes(b"old\n")
    stamp(replica, (5 * SECOND, 0))
    with replica.log_times.open("ab") as file:
        file.write(b"\x01\x02\x03")
    assert [(b.time, b.data) for b in blocks(replica.log, replica.log_times)] == [(5.0, b"old\n")]
    writer = LogWriter(replica.log, replica.log_times)
    writer.write(b"new\n")
    writer.close()
    assert replica.log_times.stat().st_size == 32
    found = list(blocks(replica.log, replica.log_times))
    assert [b.data for b in found] == [b"old\n", b"new\n"]
    assert found[1].time > 5.0


def test_reading_where_there_is_nothing(tmp_path):
    log = tmp_path / "log"
    assert logs.read(log) == b""
    assert logs.tail(log, 5) == b""
    assert list(blocks(log, tmp_path / "times")) == []


@pytest.mark.parametrize(
    ("content", "lines", "expected"),
    [
        (b"a\nb\nc\n", 2, b"b\nc\n"),
        (b"a\nb\nc", 2, b"b\nc"),
        (b"a\nb\n", 9, b"a\nb\n"),
        (b"a\n\n\n", 2, b"\n\n"),
        (b"a\nb\n", 0, b""),
        (b"", 3, b""),
    ],
)
def test_tail(tmp_path, content, lines, expected):
    log = tmp_path / "log"
    log.write_bytes(content)
    assert logs.tail(log, lines) == expected


@given(st.binary(max_size=60).map(lambda b: b.replace(b"x", b"\n")), st.integers(1, 12))
def test_tail_over_chunks_is_what_splitting_gives(tmp_path_factory, content, lines):
    log = tmp_path_factory.mktemp("tail") / "log"
    log.write_bytes(content)
    expected = b"".join(list(timeline.split_lines(content))[-lines:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "CHUNK", 7)
        assert logs.tail(log, lines) == expected


def test_a_line_has_the_time_at_which_it_began(replica):
    replica.log.write_bytes(b"one\ntwo, part 1, part 2\nthree\n")
    stamp(replica, (1 * SECOND, 0), (2 * SECOND, 6), (3 * SECOND, 24))
    assert list(blocks(replica.log, replica.log_times)) == [
        (1.0, 0, b"one\ntwo, part 1, part 2\n"),
        (3.0, 24, b"three\n"),
    ]


def test_blocks_resume_within_a_log(replica):
    replica.log.write_bytes(b"one\ntwo\nthree\n")
    stamp(replica, (1 * SECOND, 0), (2 * SECOND, 4), (3 * SECOND, 8))
    assert list(blocks(replica.log, replica.log_times, 4)) == [
        (2.0, 4, b"two\n"),
        (3.0, 8, b"three\n"),
    ]


@st.composite
def written_log(draw):
    pieces = draw(st.lists(st.sampled_from([b"a", b"\n", b"bc\n", b"\r", b"d" * 9]), max_size=40))
    times = draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces)))
    return list(zip(pieces, times, strict=True))


@given(written_log(), st.integers(1, 5), st.data())
def test_a_reader_beside_the_writer_loses_and_doubles_nothing(
    tmp_path_factory, pieces, chunk, data
):
    directory = ReplicaDirectory(tmp_path_factory.mktemp("live"))
    directory.log.touch()
    directory.log_times.touch()
    got = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "CHUNK", chunk)
        reader = LogReader(directory.log, directory.log_times)
        for number, (piece, stamped) in enumerate(pieces):
            with directory.log_times.open("ab") as file:
                if stamped:
                    file.write(struct.pack("<QQ", number * SECOND, directory.log.stat().st_size))
            with directory.log.open("ab") as file:
                file.write(piece)
            if data.draw(st.booleans()):
                while block := reader.next_block():
                    got.append(block)
        while block := reader.rest():
            got.append(block)
    whole = b"".join(piece for piece, _ in pieces)
    assert b"".join(block.data for block in got) == whole
    assert [block.offset for block in got] == [
        sum(len(before.data) for before in got[:number]) for number in range(len(got))
    ]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), max_size=30),
)
def test_merging_is_by_time_and_keeps_each_log(tmp_path_factory, writes):
    root = tmp_path_factory.mktemp("merge")
    replicas = {Replica("worker", i): ReplicaDirectory(root / str(i)) for i in range(2)}
    expected = []
    for directory in replicas.values():
        directory.path.mkdir()
        directory.log.touch()
        directory.log_times.touch()
    now = 0
    for number, (index, step) in enumerate(writes):
        now += step
        directory = replicas[Replica("worker", index)]
        with directory.log_times.open("ab") as file:
            file.write(struct.pack("<QQ", now * SECOND, directory.log.stat().st_size))
        line = f"line {number}\n".encode()
        with directory.log.open("ab") as file:
            file.write(line)
        expected.append((float(now), Replica("worker", index), line))
    assert list(merged(replicas)) == sorted(expected, key=lambda each: each[:2])


def test_merging_resumes_by_offset(tmp_path):
    replicas = {Replica("worker", i): ReplicaDirectory(tmp_path / str(i)) for i in range(2)}
    for index, directory in enumerate(replicas.values()):
        directory.path.mkdir()
        directory.log.write_bytes(b"".join(b"%d-%d\n" % (index, n) for n in range(4)))
        stamp(directory, *((n * 2 * SECOND + index, n * 4) for n in range(4)))
    everything = list(merged(replicas))
    taken = dict.fromkeys(replicas, 0)
    for number, (_, replica, line) in enumerate(everything):
        taken[replica] += len(line)
        assert list(merged(replicas, taken)) == everything[number + 1 :]


def test_a_line_longer_than_a_chunk_comes_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(timeline, "CHUNK", 8)
    monkeypatch.setattr(logs, "CHUNK", 8)
    log = tmp_path / "log"
    log.write_bytes(b"a\n" + b"b" * 30 + b"\nc\n")
    pieces = [block.data for block in blocks(log, Path(tmp_path, "times"))]
    assert b"".join(pieces) == log.read_bytes()
    assert max(map(len, pieces)) <= 16


def test_a_disk_that_is_full_for_times_still_takes_bytes(replica, monkeypatch):
    writer = LogWriter(replica.log, replica.log_times)
    real_write = logs.os.write

    def write(descriptor, data):
        if len(data) == 16:
            real_write(descriptor, bytes(data[:5]))
            raise OSError(28, "No space left on device")
        return real_write(descriptor, data)

    monkeypatch.setattr(logs.os, "write", write)
    writer.write(b"bytes\n")
    monkeypatch.undo()
    writer.close()
    assert replica.log.read_bytes() == b"bytes\n"
    LogWriter(replica.log, replica.log_times).close()
    assert replica.log_times.stat().st_size % 16 == 0
