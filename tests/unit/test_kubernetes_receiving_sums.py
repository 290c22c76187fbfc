"""Pieces of a file that a rotated log has swallowed come back from the sums that follow them."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from receiving_tools import NONCE, NOTE, Line, Pod, folder, receive, received

from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.guest import inband
from longboat.guest.inband import PIECE
from longboat.guest.sums import COLUMNS, ROWS
from longboat.records.layout import ReplicaDirectory

__all__ = ["folder"]

PATH = "model/variables/data"
BLOCK = COLUMNS * ROWS


def pod_with(pieces: int) -> Pod:
    """One file that takes so many pieces, and a small one before and after it."""
    content = random.Random(pieces).randbytes(int((pieces - 0.5) * PIECE / 1.0004))
    pod = Pod().record(inband.BEGAN).say(b"said\n").file("work/before", b"1")
    return pod.file(PATH, content).file("work/after", b"2").end()


PODS = {size: pod_with(size) for size in (COLUMNS + 1, 3 * COLUMNS, BLOCK, BLOCK + 1, BLOCK + 700)}


def inside(pod: Pod) -> range:
    """Which lines are pieces and sums of the large file."""
    lines = [data for _, data in pod.lines()]
    (first,) = [number for number, data in enumerate(lines) if PATH.encode() in data]
    (after,) = [number for number, data in enumerate(lines) if b"work/after" in data]
    return range(first + 1, after)


def without(pod: Pod, start: int, count: int) -> list[Line]:
    lines = pod.lines()
    return lines[:start] + lines[start + count :]


@pytest.mark.parametrize("size", PODS)
def test_the_pieces_are_as_many_as_these_tests_mean(size: int) -> None:
    assert PODS[size].raw.count(b'"k":"part"') == size + 2


@settings(max_examples=60)
@given(st.sampled_from(sorted(PODS)), st.integers(1, COLUMNS), st.randoms(use_true_random=False))
def test_as_many_lines_in_a_row_as_there_are_columns_may_be_missing(
    size: int, count: int, chance: random.Random
) -> None:
    pod = PODS[size]
    place = inside(pod)
    start = chance.randrange(place.start, place.stop - count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "worker-0"
        receiver = receive(folder, without(pod, start, count))
        found = received(folder)
    assert {path: found.get(path) for path in pod.files} == pod.files
    assert found["log"] == b"said\n"
    assert receiver.complete and not receiver.lost_files


def test_a_receiver_that_is_killed_in_a_hole_goes_on(folder: Path) -> None:
    pod = PODS[BLOCK + 700]
    place = inside(pod)
    lines = without(pod, place.start + 900, COLUMNS)
    for end in (place.start + 800, place.start + 950, place.start + BLOCK - 60, place.stop - 150):
        receiver = Receiver(ReplicaDirectory(folder), NONCE)
        receiver.take_many(lines[:end])
        receiver.save()
        receiver.take_many(lines[end : end + 40])
    receiver = receive(folder, lines)
    assert (folder / PATH).read_bytes() == pod.files[PATH]
    assert receiver.complete and not receiver.lost_files


@pytest.mark.parametrize("count", [COLUMNS + 1, 2 * COLUMNS, 10 * COLUMNS])
def test_more_than_that_is_told_and_the_next_file_comes(folder: Path, count: int) -> None:
    pod = PODS[BLOCK]
    receiver = receive(folder, without(pod, inside(pod).start + 50, count))
    assert not (folder / PATH).exists()
    assert (folder / "work/after").read_bytes() == b"2"
    assert receiver.missing == {PATH: len(pod.files[PATH])}
    assert receiver.lost_files == 1 and not receiver.complete


def test_two_pieces_of_a_column_are_told_with_their_number(folder: Path) -> None:
    pod = PODS[BLOCK]
    start = inside(pod).start
    lines = pod.lines()
    del lines[start + 7 + COLUMNS], lines[start + 7]
    receiver = receive(folder, lines)
    assert receiver.missing == {PATH: len(pod.files[PATH])}
    (note,) = NOTE.findall((folder / "log").read_bytes())
    assert b"2 reports or files were lost" in note


def test_a_hole_that_ends_the_file_is_told(folder: Path) -> None:
    pod = PODS[3 * COLUMNS]
    receiver = receive(folder, without(pod, inside(pod).stop - 200, 200))
    assert receiver.missing == {PATH: len(pod.files[PATH])}
    assert (folder / "work/after").exists() and receiver.lost_files == 1


def test_numbers_no_carrier_writes_do_no_harm(folder: Path) -> None:
    pod = Pod().record(inband.BEGAN)
    pod.record(inband.FILE, path="work/x", size=10_000, sha256="0")
    pod.record(inband.PART, data="", last=False, piece=1 << 31)
    pod.file("work/y", b"y")
    pod.record(inband.FILE, path="work/z", size=1, sha256="0")
    pod.record(inband.SUM, data="", first=1 << 31, count=BLOCK, column=0, length=PIECE, last=True)
    pod.record(inband.SUM, data="!", first=0, count=1, column=5, length=1, last=True)
    receiver = receive(folder, pod.file("work/a", b"a").end().lines())
    assert received(folder)["work/y"] == b"y" and received(folder)["work/a"] == b"a"
    assert set(receiver.missing) == {"work/x", "work/z"}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 100_000
