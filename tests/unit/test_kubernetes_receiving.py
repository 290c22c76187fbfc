"""A replica's folder, made from the lines of its pod's log: exact, or it says what is missing."""

from __future__ import annotations

import os
import pickle
import random
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from carry_tools import Carrying
from hypothesis import given, settings
from hypothesis import strategies as st
from receiving_tools import (
    NONCE,
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

from longboat.backends.kubernetes.receiving.receiver import End, Left, Receiver
from longboat.backends.last_word import read_last_word
from longboat.errors import Broken
from longboat.guest import inband
from longboat.records.layout import ReplicaDirectory
from longboat.records.logs import RECORD, RESOLUTION
from longboat.records.timeline import blocks

__all__ = ["folder"]


def test_a_stream_becomes_the_folder_that_the_replica_had(folder):
    pod = a_pod()
    receiver = receive(folder, pod.lines())
    assert without_times(received(folder)) == expected(pod)
    assert receiver.began and receiver.complete
    assert receiver.end == End(0, 1.5, 10, False, 3)
    assert receiver.left == [Left("work/large", 1 << 40)]
    assert receiver.missing == {"work/large": 1 << 40}
    assert (receiver.lost_bytes, receiver.lost_files) == (0, 0)


def test_what_a_carrier_writes_arrives_whole(tmp_path, folder):
    source = """\
import longboat, os, pathlib, sys
sys.stdout.buffer.write(bytes(range(256)) * 300)
for step in range(300):
    longboat.report(step=step, loss=1 / (step + 1))
    print('step', step, end='\\r' if step % 3 else '\\n')
print('x' * 300_000)
model = pathlib.Path(longboat.model_dir())
(model / 'saved_model.pb').write_bytes(os.urandom(100_000))
pathlib.Path('deep/er').mkdir(parents=True)
pathlib.Path('deep/er/file').write_bytes(b'y' * 1_000_000)
sys.exit(7)
"""
    carrying = Carrying(tmp_path, source)
    stream = carrying.whole()
    receiver = receive(folder, timed(stream.raw, step=1000, together=3))
    found = received(folder)
    assert found.pop("log") == stream.text
    found.pop("log.times")
    # What is in the pod's folder, without the snapshot's own file, which has not changed.
    in_the_pod = received(carrying.run)
    del in_the_pod["work/main.py"]
    assert found == in_the_pod
    assert len(stream.text) > 256 * 300 + 300_000 and len(found) == 4
    assert receiver.end is not None and receiver.end.exit_code == 7
    assert receiver.complete and receiver.began


def test_a_replica_that_could_not_start_has_a_last_word(tmp_path, folder):
    carrying = Carrying(tmp_path)
    carrying.pack({"../evil": "x"})
    receiver = receive(folder, timed(carrying.whole().raw))
    word = read_last_word(ReplicaDirectory(folder))
    assert word is not None and word.error is not None
    assert word.error["reason"] == "start-failed" and "leads out" in word.error["error"]
    assert not receiver.began
    assert receiver.end is not None and receiver.end.exit_code == 1
    assert b"leads out" in (folder / "log").read_bytes()


def test_what_was_saved_is_in_the_files(folder):
    receiver = Receiver(ReplicaDirectory(folder), NONCE)
    pod = Pod().record(inband.BEGAN).say(b"one\n").event(step=1)
    receiver.take_many(pod.lines())
    receiver.save()
    assert without_times(received(folder)) == expected(pod)


def test_nothing_is_in_the_folder_before_there_is_something_to_say(folder):
    receiver = Receiver(ReplicaDirectory(folder), NONCE)
    receiver.save()
    assert received(folder) == {}
    assert receiver.resume_at is None
    assert not receiver.began and receiver.end is None


def test_times_are_those_of_the_pod_and_10_ms_apart(folder):
    lines = [(START + n * RESOLUTION // 4, b"%04d\n" % n) for n in range(1000)]
    receive(folder, lines)
    index = list(RECORD.iter_unpack((folder / "log.times").read_bytes()))
    assert index == [(START + n * RESOLUTION, 20 * n) for n in range(250)]
    first = next(blocks(folder / "log", folder / "log.times"))
    assert first.time == START / SECOND and first.data == b"".join(d for _, d in lines[:4])


def test_a_clock_that_is_set_back_leaves_lines_their_times(folder):
    lines = [(START, b"a\n"), (START - 5 * SECOND, b"b\n"), (START - 4 * SECOND, b"c\n")]
    receive(folder, lines)
    index = list(struct.iter_unpack("<QQ", (folder / "log.times").read_bytes()))
    assert index == [(at, 2 * number) for number, (at, _) in enumerate(lines)]


# Going on where another was killed.


@pytest.mark.parametrize("together", [1, 3])
def test_it_goes_on_exactly_from_every_place(tmp_path, together):
    lines = a_pod().lines(together=together)
    whole = tmp_path / "whole"
    receive(whole, lines)
    for saved in range(len(lines) + 1):
        for more in (0, 1, 4):
            folder = tmp_path / f"{saved}-{more}"
            go_on(folder, lines, saved, more)
            receiver = receive(folder, lines)
            assert received(folder) == received(whole), (saved, more)
            assert receiver.complete and receiver.lost_files == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), max_size=8),
    st.integers(1, 4),
    st.sampled_from([1, SECOND // 7, 3 * SECOND]),
)
def test_it_goes_on_exactly_however_often_it_is_killed(deaths, together, step):
    pod = a_pod()
    lines = pod.lines(step, together)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for saved, more in deaths:
            go_on(folder, lines, saved, more)
        receiver = receive(folder, lines)
        assert without_times(received(folder)) == expected(pod)
        assert receiver.complete and receiver.end is not None
        index = list(RECORD.iter_unpack((folder / "log.times").read_bytes()))
        assert index == sorted(index)
        assert not list(folder.glob(".parts")) or not (folder / ".parts").stat().st_size


def test_what_was_written_after_the_last_save_is_cut_off(folder):
    lines = a_pod().lines()
    for saved in range(1, len(lines)):
        go_on(folder, lines, 1, 0)
        for name in ("log", "log.times", "events.jsonl", ".parts"):
            with (folder / name).open("ab") as file:
                file.write(b"half of something%d" % saved)
    receive(folder, lines)
    assert without_times(received(folder)) == expected(a_pod())


def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path, folder):
    pod = Pod().record(inband.BEGAN)
    for number in range(20_000):
        pod.say(b"line %d of many\n" % number)
        if number % 100 == 0:
            pod.event(step=number)
    pod.file("model/m", random.Random(2).randbytes(400_000)).file("work/w", b"z" * 9999).end()
    lines = tmp_path / "lines"
    lines.write_bytes(pickle.dumps(pod.lines(step=1000, together=2)))
    program = [sys.executable, str(Path(__file__).with_name("kill_receiving.py"))]
    chance, kills, done = random.Random(3), 0, False
    while not done:
        with subprocess.Popen(
            [*program, str(folder), str(lines)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"began\n"
            if kills < 15:
                time.sleep(chance.uniform(0, 0.03))
                process.kill()
                kills += 1
            done = process.stdout.readline() == b"done\n"
    assert kills > 3
    assert without_times(received(folder)) == expected(pod)


def test_a_folder_that_was_received_and_tidied_is_left_alone(folder):
    receive(folder, a_pod().lines())
    (folder / ".received").unlink()
    before = received(folder)
    with pytest.raises(Broken, match="complete"):
        Receiver(ReplicaDirectory(folder), NONCE)
    assert received(folder) == before


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": 2}', b'{"log": "x"}'])
def test_a_damaged_memory_is_said_and_destroys_nothing(folder, content):
    receive(folder, a_pod().lines())
    (folder / ".received").write_bytes(content)
    before = received(folder)
    with pytest.raises(Broken, match=r"\.received"):
        Receiver(ReplicaDirectory(folder), NONCE)
    assert received(folder) == before


def test_a_power_cut_that_took_the_end_of_the_log_is_shown(folder):
    pod = Pod().say(b"one\ntwo\nthree\n")
    receive(folder, pod.lines())
    os.truncate(folder / "log", 6)
    receiver = receive(folder, pod.say(b"four\n").lines())
    log = (folder / "log").read_bytes()
    assert log.startswith(b"one\ntw\n[longboat: ") and log.endswith(b"]\nfour\n")
    assert receiver.lost_bytes == 8 and not receiver.complete
