from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from snapshots_tools import Desk

from longboat.errors import BadInput
from longboat.snapshots import interpreter
from longboat.snapshots.git import git_state
from longboat.snapshots.receipt import receipt
from longboat.spec.job import JobSpec, Resources


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def made(desk: Desk, cache: Path, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": "a",
        "entry": "a.ipynb",
        "kind": "notebook",
        "resources": Resources(1, 1 << 30),
        "model": "a",
        "python": sys.executable,
    }
    spec = JobSpec(**plain | changes)
    return receipt(desk.take(), spec, folder=desk.root, cache=cache)


def test_where_a_result_came_from(desk: Desk, tmp_path: Path) -> None:
    desk.write("x")
    found = made(
        desk,
        tmp_path / "cache",
        parameters={"lr": 0.1},
        env={"VISIBLE": "value of env"},
        secrets=("TOKEN",),
    )
    assert found["snapshot"] == desk.take().address
    assert set(found["files"]) == {"a.ipynb", "x"}
    assert found["who"].endswith("@" + os.uname().nodename)
    assert found["when"].endswith("+00:00")
    assert found["git"] is None
    assert found["parameters"] == {"lr": 0.1}
    assert found["interpreter"]["path"] == sys.executable
    assert found["interpreter"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert "msgspec" in found["interpreter"]["distributions"]
    assert (found["env"], found["secrets"]) == (["VISIBLE"], ["TOKEN"])
    assert "value of env" not in json.dumps(found)
    assert made(desk, tmp_path / "cache", python=None)["interpreter"] is None


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    git(desk.root, "init")
    assert git_state(desk.root) is None, "there is no commit yet"
    desk.write("sub/x")
    git(desk.root, "add", ".")
    git(desk.root, "commit", "-m", "first")
    clean = git_state(desk.root / "sub")
    assert clean is not None
    assert (len(clean.commit), clean.dirty) == (40, False)
    monkeypatch.chdir(desk.root / "sub")
    assert git_state(Path()) == clean
    desk.write("untracked")
    assert git_state(desk.root) == clean
    desk.write("sub/x", "changed")
    dirty = git_state(desk.root)
    assert dirty is not None
    assert (dirty.commit, dirty.dirty) == (clean.commit, True)
    monkeypatch.setenv("PATH", "")
    assert git_state(desk.root) is None


def test_an_interpreter_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "library"
    library.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(library))
    first = interpreter.ask(sys.executable, tmp_path / "cache")
    (cached,) = (tmp_path / "cache").iterdir()
    kept = cached.stat().st_mtime_ns
    started = time.perf_counter()
    assert interpreter.ask(sys.executable, tmp_path / "cache") == first
    assert time.perf_counter() - started < 0.05
    assert cached.stat().st_mtime_ns == kept

    installed = library / "newly_installed-1.2.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: newly-installed\nVersion: 1.2\n"
    )
    again = interpreter.ask(sys.executable, tmp_path / "cache")
    assert again.distributions == first.distributions | {"newly-installed": "1.2"}
    cached.write_bytes(b"{damaged")
    assert interpreter.ask(sys.executable, tmp_path / "cache") == again


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("#!/bin/sh\necho hello", "is not a Python interpreter"),
        ("#!/bin/sh\nexit 0", "is not a Python interpreter"),
        (
            "#!/bin/sh\necho no such library >&2; exit 3",
            "does not work as a Python: no such library",
        ),
        ("#!/nowhere/at/all", "is not a Python interpreter"),
        (
            '#!/bin/sh\necho \'{"version": "3.8.1", "implementation": "CPython", "prefix": "/", '
            '"paths": [], "distributions": {}}\'',
            "is Python 3.8.1; jobs need 3.9",
        ),
    ],
)
def test_what_cannot_run_a_job(tmp_path: Path, script: str, sentence: str) -> None:
    path = tmp_path / "python"
    path.write_text(script)
    path.chmod(0o755)
    with pytest.raises(BadInput, match=sentence) as caught:
        interpreter.ask(str(path), tmp_path / "cache")
    assert caught.value.problems[0].field == "python"
