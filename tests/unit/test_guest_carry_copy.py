"""The copy that a carrier keeps on a volume, which must never hurt the job."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest
from carry_tools import (
    Stream,
    carrying,
    finish,
)

from longboat.guest import copies, inband

__all__ = ["carrying"]


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    """What a pod with a volume is told."""
    return {copies.FOLDER: str(tmp_path / "kept"), copies.POD: "a-pod"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the copy will be; its folder is there."""
    place = tmp_path / "kept/worker-0/stream-a-pod"
    place.parent.mkdir(parents=True)
    return place


PRINTS = "print('y' * 100)\n" * 3
FLOODS = "import os\nfor number in range(400): print('y' * 10**5)\n"


def in_copy(path: Path) -> Stream:
    """What a copy holds, without its times."""
    lines = path.read_bytes().splitlines(keepends=True)
    return Stream(0, b"".join(line.partition(b" ")[2] for line in lines), b"")


def test_a_copy_says_the_same_by_itself(carrying, kept, place):
    source = (
        "import longboat\nlongboat.report(step=1, loss=2)\nprint('one')\nprint('\\x1etwo', end='')"
    )
    stream = carrying(source).whole(**kept)
    copy = in_copy(place)
    assert copy.text == stream.text == b"one\n\x1etwo"
    assert [record.sequence for record in copy.records] == list(range(len(copy.records)))
    assert len(copy.of(inband.EVENT)) == len(stream.of(inband.EVENT)) > 0
    assert copy.sent == stream.sent
    assert copy.end == {**stream.end, "copied": None}
    assert stream.end["copied"] == len(stream.sent)


def test_lines_of_any_length_are_cut_in_a_copy(carrying, kept, place):
    stream = carrying("print('y' * 10**6, end='')").whole(**kept)
    assert in_copy(place).text == stream.text == b"y" * 10**6
    assert max(map(len, place.read_bytes().splitlines())) < 3 << 16


def test_without_a_volume_there_is_no_copy(carrying):
    assert carrying(PRINTS).whole().end["copied"] is None


def test_what_the_child_sees_tells_nothing_of_the_copy(carrying, kept):
    source = f"import os\nprint(sorted({{{copies.FOLDER!r}, {copies.POD!r}}} & set(os.environ)))"
    assert carrying(source).whole(**kept).text == b"[]\n"


def test_a_replica_that_could_not_start_says_so_in_its_copy(carrying, kept, place):
    made = carrying()
    made.pack({"../evil": "x"})
    stream = made.whole(**kept)
    assert in_copy(place).text == stream.text
    assert in_copy(place).end["exit_code"] == 1 and stream.end["copied"] == 1


def cannot_be_written(place: Path) -> None:
    place.parent.rmdir()
    place.parent.write_bytes(b"")


def is_a_link(place: Path) -> None:
    place.symlink_to(place.parent / "elsewhere")


def does_not_answer(place: Path) -> None:
    os.mkfifo(place)  # to open it is to wait for a reader


@pytest.mark.parametrize("source", [PRINTS, FLOODS], ids=["prints", "floods"])
@pytest.mark.parametrize("happen", [cannot_be_written, is_a_link, does_not_answer])
def test_a_volume_that_cannot_be_written_does_not_hurt(carrying, kept, place, happen, source):
    happen(place)
    made = carrying(source + "import pathlib\npathlib.Path('file').write_bytes(b'x')")
    stream = made.whole("--patience", "1", **kept)
    assert stream.code == 0 and stream.complaints == b""
    assert set(stream.text) == set(b"y\n") and stream.text.endswith(b"y\n")
    assert len(stream.of(inband.UNCOPIED)) == 1
    assert stream.sent == ["status.json", "work/file"]
    assert stream.end["copied"] is None


def test_a_full_volume_does_not_hurt_and_gets_its_room_back(carrying, kept, place):
    carrier = carrying("import time; time.sleep(1)\n" + FLOODS).start(**kept)
    resource.prlimit(carrier.pid, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    stream = finish(carrier)
    assert stream.code == 0 and len(stream.text) == 400 * (10**5 + 1)
    (note,) = stream.of(inband.UNCOPIED)
    assert note.fields["why"] == os.strerror(errno.EFBIG)
    assert stream.end["copied"] is None
    assert not place.exists()
