"""Files that a job wrote."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from longboat.errors import NotFound
from longboat.records.files import Original, WorkFiles, Written


def original(content):
    return Original(hashlib.sha256(content).hexdigest(), len(content))


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "same.csv").write_bytes(b"same")
    (folder / "data" / "changed.csv").write_bytes(b"new!")
    (folder / "data" / "grown.csv").write_bytes(b"more than before")
    (folder / "data" / "made.txt").write_bytes(b"made")
    (tmp_path / "outside.txt").write_bytes(b"secret")
    return folder


@pytest.fixture
def files(work):
    return WorkFiles(
        work,
        {
            "same.csv": original(b"same"),
            "data/changed.csv": original(b"old!"),
            "data/grown.csv": original(b"before"),
            "deleted.csv": original(b"x"),
        },
    )


def test_lists_what_is_new_or_differs(work, files):
    (work / "__pycache__").mkdir()
    (work / "__pycache__" / "x.pyc").write_bytes(b"x")
    (work / "link").symlink_to(work / "same.csv")
    (work / "loop").symlink_to(work)
    os.mkfifo(work / "pipe")
    assert files.written() == [
        Written("data/changed.csv", 4),
        Written("data/grown.csv", 16),
        Written("data/made.txt", 4),
    ]


def test_lists_nothing_where_nothing_began(tmp_path):
    assert WorkFiles(tmp_path / "none", {}).written() == []


def test_opens_files(work, files):
    (work / "inner").symlink_to("data/made.txt")
    for path in ("data/made.txt", "inner", "data/../same.csv"):
        with files.open(path) as file:
            assert file.read() == (work / path).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "escape",
        "escape-folder/outside.txt",
        "/etc/passwd",
        "absent",
        "data",
        "pipe",
        "loop",
        "",
        ".",
        "nul\0byte",
    ],
)
def test_refuses_everything_else(work, files, path):
    (work / "escape").symlink_to("../outside.txt")
    (work / "escape-folder").symlink_to("..")
    (work / "loop").symlink_to("loop")
    os.mkfifo(work / "pipe")
    with pytest.raises(NotFound, match="no file"):
        files.open(path)


def test_a_sibling_with_the_same_beginning_is_outside(work, files):
    sibling = work.with_name("work-of-others")
    sibling.mkdir()
    (sibling / "file").write_bytes(b"x")
    with pytest.raises(NotFound):
        files.open("../work-of-others/file")


def test_a_file_that_the_job_closed_is_listed_all_the_same():
    place = Path(tempfile.mkdtemp())  # pytest's own is closed to others
    place.chmod(0o755)
    (place / "same.csv").write_bytes(b"same")
    (place / "same.csv").chmod(0)
    as_somebody = os.geteuid() == 0
    try:
        if as_somebody:
            os.seteuid(65534)
        files = WorkFiles(place, {"same.csv": original(b"same")})
        assert files.written() == [Written("same.csv", 4)]
    finally:
        if as_somebody:
            os.seteuid(0)
        shutil.rmtree(place)
