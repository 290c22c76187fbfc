"""Which files travel, and that nothing else ever does."""

from __future__ import annotations

import json
import os
import shutil
import socket
import string
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots_tools import Desk, notebook, refused

from longboat.errors import BadInput
from longboat.snapshots import globbing, taking, walking
from longboat.snapshots.private import holds_private_key

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEA" * 4


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_folder_travels(desk: Desk) -> None:
    desk.write("data/x.csv")
    desk.write(".hidden")
    desk.write("name with\nnewline")
    (desk.root / "results").mkdir()
    assert desk.paths() == {"data/x.csv", ".hidden", "name with\nnewline"}
    assert desk.take().directories == ("results",)
    assert not desk.warnings()


def test_ignore_files(desk: Desk) -> None:
    desk.write(".gitignore", "*.log\n/only-top\n!keep.log\nbuild/\nbig/*\n")
    desk.write("sub/.gitignore", "!deep.log\nlocal.txt\n")
    desk.write(".longboatignore", "!big/needed.bin\nnotes.md\n")
    kept = {"keep.log", "sub/deep.log", "sub/only-top", "big/needed.bin", "local.txt"}
    left = {
        "x.log",
        "only-top",
        "build/y",
        "big/other.bin",
        "sub/local.txt",
        "notes.md",
        "sub/x.log",
    }
    for path in kept | left:
        desk.write(path)
    assert desk.paths() == kept | {".gitignore", "sub/.gitignore"}


def test_the_repository_above_is_heard(desk: Desk) -> None:
    top = desk.root
    (top / ".git" / "info").mkdir(parents=True)
    (top / ".git" / "info" / "exclude").write_text("excluded\n")
    desk.write(".gitignore", "*.log\n/nb/secret.txt\n/other.txt\n")
    for path in ("nb/x.log", "nb/secret.txt", "nb/other.txt", "nb/excluded", "nb/kept"):
        desk.write(path)
    desk.entry = desk.write("nb/a.ipynb", notebook())
    assert desk.paths() == {"other.txt", "kept"}
    desk.write(".gitignore", "nb/\n")
    assert "kept" in desk.paths(), "a folder that is ignored as a whole can still be submitted"


def test_what_never_matters_stays(desk: Desk) -> None:
    for path in (
        ".git/config", "node_modules/x/y.js", "__pycache__/a.pyc", "b.pyc", ".longboat/x",
        ".ipynb_checkpoints/a.ipynb", "my-env/pyvenv.cfg", "my-env/lib/x.py",
        "conda/conda-meta/history", "conda/bin/python",
    ):  # fmt: skip
        desk.write(path)
    desk.write("venv/not_an_environment.py")
    assert desk.paths() == {"venv/not_an_environment.py"}


def test_secrets_never_travel(desk: Desk) -> None:
    private = [
        ".env", ".env.local", "server.pem", "id_rsa", ".netrc", ".aws/credentials", ".ssh/config",
        "credentials.json", ".kube/config", "sub/ID_ED25519", "client_secret_1.json", "store.p12",
    ]  # fmt: skip
    for path in private:
        desk.write(path)
    desk.write("deploy", KEY)
    desk.write("account.json", '{"private_key": "' + KEY.replace("\n", "\\n") + '"}')
    desk.write(".env.example")
    desk.write("id_rsa.pub")
    desk.write("about_keys.py", 'HEADER = "-----BEGIN PRIVATE KEY-----"\n')
    (desk.root / "settings").symlink_to(".env")
    desk.write(".longboatignore", "!.env\n!*.pem\n")
    assert desk.paths() == {".env.example", "id_rsa.pub", "about_keys.py"}
    assert desk.paths("**/*", "*") == {".env.example", "id_rsa.pub", "about_keys.py"}
    told = desk.warnings()
    assert "account.json, deploy" in told
    assert ".aws, .env, .env.local" in told
    blobs = [path for path in desk.store.blobs.root.rglob("*") if path.is_file()]
    assert not [path for path in blobs if b"OPENSSH PRIVATE KEY" in path.read_bytes()]


def test_a_secret_named_outright_is_a_problem(desk: Desk) -> None:
    desk.write(".env")
    desk.write(".ssh/config")
    desk.write("deploy", KEY)
    (desk.root / "settings").symlink_to(".env")
    for pattern in (".env", "./.env", ".ssh/config", ".ssh", "settings"):
        assert "secrets never travel" in refused(desk, pattern)
    assert "holds a private key" in refused(desk, "deploy")
    desk.write("a.ipynb", notebook(f"key = '''{KEY}'''"))
    with pytest.raises(BadInput, match="holds a private key"):
        desk.take()


def test_patterns(desk: Desk) -> None:
    desk.write(".gitignore", "*\n")
    for path in ("d/1.csv", "d/2.csv", "d/e/3.csv", "d/x.txt", ".h/4.csv", "[odd].csv"):
        desk.write(path)
    assert desk.paths() == set()
    assert desk.paths("d/*.csv") == {"d/1.csv", "d/2.csv"}
    assert desk.paths("**/*.csv") == {"d/1.csv", "d/2.csv", "d/e/3.csv", "[odd].csv"}
    assert desk.paths("d/**/3.csv", "./d//x.txt") == {"d/e/3.csv", "d/x.txt"}
    assert desk.paths("d") == {"d/1.csv", "d/2.csv", "d/e/3.csv", "d/x.txt"}
    assert desk.paths("d/**") == desk.paths("d")
    assert desk.paths("[[]odd].csv") == {"[odd].csv"}
    assert desk.paths(".h/*") == {".h/4.csv"}
    assert desk.paths("a.ipynb") == set()


def test_a_pattern_looks_only_so_deep(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globbing, "DEEPEST", 3)
    desk.write("a/b/near.csv")
    desk.write("a/b/c/d/e/f/far.csv")
    desk.write(".longboatignore", "*")
    assert desk.paths("**/*.csv") == {"a/b/near.csv"}


@pytest.mark.parametrize(
    "pattern", ["../x", "/etc/passwd", "d/../../x", "~/x", "", ".", "a\0b", " "]
)
def test_patterns_stay_inside(desk: Desk, pattern: str) -> None:
    desk.write("d/x")
    assert "files:" in refused(desk, pattern)


def test_all_patterns_are_judged_at_once(desk: Desk) -> None:
    told = refused(desk, "nothing*", "/etc", "nor this")
    assert told.count("matches nothing") == 2
    assert "leads out" in told


def test_links(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("not ours")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("not ours")
    desk.write("real/x.txt", "ours")
    links = {
        "to-file": "real/x.txt", "to-folder": "real", "out": "../outside.txt",
        "out-folder": "../other", "gone": "nowhere", "self": "self", "real/up": "..",
        "absolute": str(tmp_path / "outside.txt"),
    }  # fmt: skip
    for name, target in links.items():
        (desk.root / name).symlink_to(target)
    assert desk.paths() == {"real/x.txt", "to-file", "to-folder/x.txt"}
    told = desk.warnings()
    assert "lead out of the notebook's folder: absolute, out, out-folder." in told
    assert "lead nowhere: gone." in told
    assert "in a circle: real/up, self, to-folder/up." in told
    assert "leads out" in refused(desk, "out")
    assert "leads out" in refused(desk, "out-folder")
    assert "leads out" in refused(desk, "out-folder/x")
    assert desk.paths("**/*.txt", "out*") == {"real/x.txt", "to-file", "to-folder/x.txt"}


def test_many_links_do_not_multiply(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_ENTRIES", 500)
    for level in range(30):
        (desk.root / f"d{level}").mkdir()
        for name in "ab":
            (desk.root / f"d{level}" / name).symlink_to(f"../d{level + 1}")
    desk.write("d30/x")
    started = time.monotonic()
    desk.take()
    assert time.monotonic() - started < 5


def test_what_is_no_file_stays(desk: Desk) -> None:
    os.mkfifo(desk.root / "pipe")
    os.mkfifo(desk.root / ".gitignore")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(desk.root)  # A socket's path has at most 108 bytes.
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
        (desk.root / "device").symlink_to("/dev/zero")
        assert desk.paths() == set()
        assert "no regular files: .gitignore, pipe, socket." in desk.warnings()
        assert "not a regular file" in refused(desk, "pipe")


def test_a_name_that_is_not_utf8_stays(desk: Desk) -> None:
    (desk.root / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    assert desk.paths() == set()
    assert "not UTF-8: caf\\udce9.txt" in desk.warnings()
    assert desk.paths("*.txt") == set()


def test_our_own_folder_stays(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store = type(desk.store)(desk.root / "home" / "snapshots", [desk.root / "home"])
    desk.write("home/jobs/x/job.json")
    desk.take()
    assert desk.paths() == set()


def test_a_file_that_may_not_be_read_is_a_problem() -> None:
    place = Path(tempfile.mkdtemp())  # pytest's own is closed to others.
    try:
        place.chmod(0o777)
        desk = Desk(place)
        closed = desk.write("closed.txt")
        (desk.root / "shut").mkdir(mode=0)
        closed.chmod(0)
        for path in (desk.root, place / "snapshots"):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        as_somebody = os.geteuid() == 0
        if as_somebody:
            os.seteuid(65534)
        try:
            assert "closed.txt cannot be read: Permission denied" in refused(desk)
            desk.write(".longboatignore", "closed.txt\n")
            assert "may not be read: shut/" in desk.warnings()
        finally:
            if as_somebody:
                os.seteuid(0)
    finally:
        shutil.rmtree(place)


NAMES = st.text(alphabet=string.ascii_letters + "._-*[]!#\\ \n", min_size=1, max_size=6).filter(
    lambda name: name not in (".", "..")
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
PATTERNS = st.lists(st.text(alphabet="ab*?[]!/.~#\\ ", min_size=1, max_size=8) | PATHS, max_size=4)


@settings(max_examples=60, deadline=None)
@given(paths=st.lists(PATHS, max_size=6), ignored=PATTERNS, globs=PATTERNS, data=st.data())
def test_nothing_outside_ever_travels(
    tmp_path_factory: pytest.TempPathFactory,
    paths: list[str],
    ignored: list[str],
    globs: list[str],
    data: st.DataObject,
) -> None:
    place = tmp_path_factory.mktemp("any")
    desk = Desk(place)
    (place / "outside").mkdir()
    (place / "outside" / "b").write_text("OUTSIDE")
    for path in paths:
        try:
            if data.draw(st.integers(0, 3)):
                desk.write(path)
            else:
                up = "../" * data.draw(st.integers(0, 4))
                (desk.root / path).symlink_to(
                    up + data.draw(st.sampled_from(["outside", "b", "."]))
                )
        except OSError:
            continue  # Two of the paths are in each other's way.
    if not (desk.root / ".gitignore").exists():
        desk.write(".gitignore", "\n".join(ignored))
    snapshot = None
    for chosen in (globs, []):
        try:
            snapshot = desk.take(*chosen)
        except BadInput:
            continue
        for file in snapshot.files:
            assert (desk.root / file.path).resolve().is_relative_to(desk.root.resolve())
            assert b"OUTSIDE" not in desk.store.blobs.read(file.sha256)
    shutil.rmtree(place)


def test_outputs_do_not_count_against_the_limit(desk: Desk) -> None:
    printed = {"output_type": "stream", "name": "stdout", "text": "x" * 20_000}
    document = json.loads(notebook("x = 1"))
    document["cells"][0]["outputs"] = [printed]
    desk.write("a.ipynb", json.dumps(document))
    desk.store.check(desk.entry, limit=10_000)
    assert desk.paths(limit=10_000) == set()


def test_a_file_that_goes_during_the_walk_is_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = desk.write("passing.tmp")
    kind = walking._Walker._kind

    def seen_then_gone(*arguments: Any) -> str | None:
        found = kind(*arguments)
        if "passing.tmp" in arguments:
            passing.unlink()
        return found

    monkeypatch.setattr(walking._Walker, "_kind", seen_then_gone)
    assert desk.paths() == set()


def test_a_file_that_goes_before_it_is_read_is_left_out_unless_it_was_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = desk.write("passing.tmp")
    read = taking.read_steady

    def gone_before(path: str, limit: int) -> tuple[bytes, bool]:
        if path == str(passing):
            passing.unlink()
        return read(path, limit)

    monkeypatch.setattr(taking, "read_steady", gone_before)
    assert "removed meanwhile: passing.tmp" in desk.warnings()
    desk.write("passing.tmp")
    assert "passing.tmp cannot be read: No such file" in refused(desk, "passing.tmp")


def test_a_label_before_much_space_is_no_key_and_is_told_soon() -> None:
    began = time.process_time()
    assert not holds_private_key(b"-----BEGIN PRIVATE KEY-----" + b"\n" * 40_000)
    assert time.process_time() - began < 5
