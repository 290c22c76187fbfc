"""Code that comes to a shared volume in parts: whole or not there, and gone with its last job."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longboat.errors import Broken
from longboat.guest import luggage

ONE, TWO, THREE = "jaaaaaaaaa", "jbbbbbbbbb", "jccccccccc"
CODE = random.Random(1).randbytes(10_000)
DIGEST = hashlib.sha256(CODE).hexdigest()


def parts(folder: Path, *pieces: bytes) -> list[str]:
    paths = []
    for piece in pieces:
        path = folder / f"part-{len(paths)}-{len(list(folder.iterdir()))}"
        path.write_bytes(piece)
        paths.append(str(path))
    return paths


def take(volume: Path, job: str, start: int, given: Sequence[str], sha256: str = DIGEST) -> int:
    return luggage.receive(str(volume), job, sha256, len(CODE), start, given)


def bring(volume: Path, job: str, into: Path) -> None:
    assert take(volume, job, 0, parts(into, CODE)) == len(CODE)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    (tmp_path / "volume").mkdir()
    return tmp_path / "volume"


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    (tmp_path / "sent").mkdir()
    return tmp_path / "sent"


def whole(volume: Path) -> Path:
    return Path(luggage.path(str(volume), DIGEST))


@settings(max_examples=50, deadline=None)
@given(cuts=st.lists(st.integers(0, len(CODE)), max_size=5), twice=st.booleans())
def test_in_whatever_parts_it_comes_it_is_whole_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], twice: bool
) -> None:
    volume, sent = tmp_path_factory.mktemp("volume"), tmp_path_factory.mktemp("sent")
    edges = [0, *sorted(cuts), len(CODE)]
    there = 0
    for begin, end in pairwise(edges):
        for _ in range(1 + twice):  # whoever sent it was killed before it knew
            there = take(volume, ONE, begin, parts(sent, CODE[begin:end]))
    assert there == len(CODE)
    assert luggage.check(str(volume), DIGEST) == str(whole(volume))
    assert whole(volume).read_bytes() == CODE


def test_who_asks_is_told_how_much_has_come(volume: Path, sent: Path) -> None:
    assert take(volume, ONE, 0, []) == 0
    take(volume, ONE, 0, parts(sent, CODE[:300], CODE[300:1000]))
    assert take(volume, ONE, 0, []) == 1000
    assert take(volume, TWO, 0, []) == 0, "what another job brings may never be whole"


def test_what_begins_after_what_is_there_is_not_taken(volume: Path, sent: Path) -> None:
    take(volume, ONE, 0, parts(sent, CODE[:1000]))
    assert take(volume, ONE, 2000, parts(sent, CODE[2000:])) == 1000
    assert not whole(volume).exists()


def test_what_is_there_needs_no_second_coming(volume: Path, sent: Path) -> None:
    bring(volume, ONE, sent)
    before = whole(volume).stat()
    assert take(volume, TWO, 0, []) == len(CODE)
    assert take(volume, TWO, 0, parts(sent, b"something else")) == len(CODE)
    assert whole(volume).stat().st_ino == before.st_ino


@pytest.mark.parametrize("wrong", [CODE[:-1] + b"?", CODE + b"more"])
def test_what_is_not_what_was_sent_begins_anew(volume: Path, sent: Path, wrong: bytes) -> None:
    with pytest.raises(Broken, match="is not what was sent"):
        take(volume, ONE, 0, parts(sent, wrong))
    assert not whole(volume).exists()
    bring(volume, ONE, sent)


def test_damage_on_the_volume_is_told(volume: Path, sent: Path) -> None:
    with pytest.raises(Broken, match=r"cannot be read \(No such file or directory\)"):
        luggage.check(str(volume), DIGEST)
    bring(volume, ONE, sent)
    whole(volume).write_bytes(CODE[:-1] + b"?")
    with pytest.raises(Broken, match="is damaged"):
        luggage.check(str(volume), DIGEST)


def test_it_goes_with_the_last_job_that_needs_it(volume: Path, sent: Path) -> None:
    bring(volume, ONE, sent)
    take(volume, TWO, 0, [])
    luggage.drop(str(volume), THREE)
    luggage.drop(str(volume), ONE)
    assert whole(volume).exists()
    luggage.drop(str(volume), ONE)
    luggage.drop(str(volume), TWO)
    assert not list((volume / "code").iterdir())


def test_what_has_never_come_whole_goes_too(volume: Path, sent: Path) -> None:
    take(volume, ONE, 0, parts(sent, CODE[:1000]))
    take(volume, TWO, 0, parts(sent, CODE[:1000]))
    luggage.drop(str(volume), ONE)
    assert take(volume, TWO, 1000, parts(sent, CODE[1000:])) == len(CODE)
    luggage.drop(str(volume), TWO)
    assert not list((volume / "code").iterdir())


def test_nothing_is_dropped_where_there_is_nothing(volume: Path) -> None:
    luggage.drop(str(volume), ONE)


def test_who_finds_it_while_another_drops_it_keeps_it(
    volume: Path, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(volume, ONE, sent)
    rmdir = os.rmdir

    def found_just_before(path: str) -> None:
        rmdir(path)
        monkeypatch.undo()
        assert take(volume, TWO, 0, []) == len(CODE)

    monkeypatch.setattr(os, "rmdir", found_just_before)
    luggage.drop(str(volume), ONE)
    assert whole(volume).read_bytes() == CODE
    luggage.drop(str(volume), TWO)
    assert not list((volume / "code").iterdir())


# --- as a pod does it


def errand(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = place / "longboat.pyz"
    program.write_text("from longboat.guest.main import main; main()")
    command = [sys.executable, str(program), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_pod_takes_what_lies_beside_its_program(volume: Path, sent: Path) -> None:
    (sent / "snapshot.tar.gz.000").write_bytes(CODE[:4000])
    (sent / "snapshot.tar.gz.001").write_bytes(CODE[4000:])
    done = errand(sent, "receive", str(volume), ONE, DIGEST, str(len(CODE)), "0")
    assert (done.returncode, done.stderr.strip()) == (0, str(len(CODE)))
    assert whole(volume).read_bytes() == CODE


@pytest.mark.parametrize(
    ("job", "digest", "said"),
    [("../x", DIGEST, "is no job's id"), (ONE, "../../etc", "is no digest"), (ONE, "", "digest")],
)
def test_only_ids_and_digests_become_paths(
    volume: Path, sent: Path, job: str, digest: str, said: str
) -> None:
    done = errand(sent, "receive", str(volume), job, digest, "10", "0")
    assert done.returncode == 1
    assert said in done.stderr
    assert not list(volume.iterdir())


def test_a_volume_that_takes_nothing_is_told_in_a_sentence(volume: Path, sent: Path) -> None:
    (volume / "code").write_text("a file where a folder should be")
    done = errand(sent, "receive", str(volume), ONE, DIGEST, "10", "0")
    assert done.returncode == 1
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr
