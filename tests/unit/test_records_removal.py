"""Deleting trees that a job sealed."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from longboat.records.removal import TRASH, delete_tree, discard

NOBODY = 65534


@pytest.fixture
def folder():
    """A place that an ordinary user can reach, as root may do everything."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o777)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def as_ordinary_user(work):
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def sealed_tree(root):
    inner = root / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    (root / "link").symlink_to("/")
    for folder, mode in ((inner, 0o500), (root / "a", 0o000), (root, 0o500)):
        folder.chmod(mode)


def test_sealed_folders_are_deleted(folder):
    def work():
        sealed_tree(folder / "job")
        with pytest.raises(PermissionError):
            shutil.rmtree(folder / "job")
        discard(folder / "job")

    as_ordinary_user(work)
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        discard(tmp_path / "none")


def test_deleting_what_another_deletes_is_fine(tmp_path):
    delete_tree(tmp_path / "none")
    assert not list(tmp_path.glob(f"{TRASH}*"))
