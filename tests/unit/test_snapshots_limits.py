"""What travels when the folder is too large, or is a home."""

from __future__ import annotations

from pathlib import Path

import pytest
from snapshots_tools import Desk, notebook, refused

from longboat.errors import TooLarge
from longboat.snapshots import choosing, globbing, walking

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEA" * 4


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_above_the_limit_only_what_is_needed_travels(desk: Desk) -> None:
    code = "import pkg.sub.leaf\nfrom helper import thing\nimport numpy\nopen('data/big.bin')"
    desk.write("a.ipynb", notebook(code))
    desk.write("helper.py", "import helper2\n")
    desk.write("helper2.py", "import helper\n")
    desk.write("pkg/__init__.py", "from . import near\n")
    desk.write("pkg/near.py", "from .sub import other\nfrom ..beyond import x\n")
    desk.write("pkg/sub/__init__.py")
    desk.write("pkg/sub/leaf.py", "from ..far import y\n")
    desk.write("pkg/sub/other.py", "syntax error here (")
    desk.write("pkg/far.py")
    desk.write("pkg/unused.py")
    desk.write("data/big.bin", b"x" * 200_000)
    desk.write("data/more.bin", b"y" * 90_000)
    desk.write("README.md", "x" * 1000)
    needed = {
        "helper.py", "helper2.py", "pkg/__init__.py", "pkg/near.py", "pkg/sub/__init__.py",
        "pkg/sub/leaf.py", "pkg/sub/other.py", "pkg/far.py",
    }  # fmt: skip
    assert desk.paths(limit=100_000) == needed
    told = desk.warnings(limit=100_000)
    assert "Largest: data/ (290.0 kB, 2 files), README.md (1.0 kB)" in told
    assert "mentions what stays behind: data/big.bin." in told
    assert desk.paths("data/more.bin", limit=100_000) == needed | {"data/more.bin"}
    with pytest.raises(TooLarge, match=r"Largest: data/big\.bin \(200\.0 kB\)"):
        desk.take("data/*", limit=100_000)


def test_a_mentioned_file_that_is_ignored_is_pointed_out(desk: Desk) -> None:
    desk.write("a.ipynb", notebook("open('data.npz'); open('.env'); open('here.csv'); 'd'"))
    desk.write(".gitignore", "*.npz\n")
    for path in ("data.npz", ".env", "here.csv", "d/x"):
        desk.write(path)
    assert "mentions what stays behind: data.npz." in desk.warnings()


def test_many_files_do_not_travel(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MOST_FILES", 20)
    for number in range(30):
        desk.write(f"frames/{number}.png")
    assert desk.paths() == set()
    assert "has 31 files" in desk.warnings()
    assert "frames/ (210 bytes, 30 files)" in desk.warnings()


def test_a_huge_folder_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_ENTRIES", 50)
    monkeypatch.setattr(globbing, "MOST_ENTRIES", 50)
    for number in range(100):
        desk.write(f"frames/{number}.png")
    assert desk.paths() == set()
    assert "at least" in desk.warnings()
    assert desk.paths("frames/7.png") == {"frames/7.png"}
    assert "over 50 names" in refused(desk, "frames/*.png")
    assert "over 50 names" in refused(desk, "frames")


def test_the_home_folder_shows_only_what_is_visible(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(desk.root))
    for path in (".bash_history", ".config/app/x", "data.csv", "project/.hidden"):
        desk.write(path)
    assert desk.paths() == {"data.csv", "project/.hidden"}
