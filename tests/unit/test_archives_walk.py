"""A colleague's job comes as a file: seen why it failed, mended, run again. All of it is real."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from snapshots_tools import notebook

from longboat.backends.local.pool_file import POOL
from longboat.cli.main import run
from longboat.records.layout import Home
from longboat.steward import LINGER
from longboat.summoning import lock_of

SECRET = "correct-horse-4711"
CELLS = (
    "import os\nimport longboat\nparams = longboat.params(parts=0)",
    "os.environ['TOKEN']\nlongboat.report(loss=0.5)\nprint('rows', open('data.csv').read())",
    "print(10 / params.parts)",
)
Say = Callable[..., str]


class Desk:
    """Somebody's folder and home."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = place / "work"
        self.folder.mkdir(parents=True)
        self.home = Home(place / "home")
        self._patch = patch

    def sit(self) -> None:
        """Let commands be typed here."""
        self._patch.setenv("LONGBOAT_HOME", str(self.home.path))
        self._patch.chdir(self.folder)

    def leave(self) -> None:
        """Wait for the steward to leave."""
        deadline = time.monotonic() + 30
        while lock_of(self.home).held():
            assert time.monotonic() < deadline, "the steward did not leave"
            time.sleep(0.02)


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Desk, Desk]]:
    monkeypatch.setenv(LINGER, "0")
    monkeypatch.setenv(POOL, str(tmp_path / "pool"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    ada, bob = Desk(tmp_path / "ada", monkeypatch), Desk(tmp_path / "bob", monkeypatch)
    yield ada, bob
    ada.leave()
    bob.leave()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def typed(line: str, code: int = 0) -> str:
        assert run(line.split()) == code, capsys.readouterr()
        return capsys.readouterr().out

    return typed


def test_the_walk(
    desks: tuple[Desk, Desk], say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada, bob = desks
    ada.sit()
    (ada.folder / "share.ipynb").write_text(notebook(*CELLS))
    (ada.folder / "data.csv").write_text("1,2,3")
    monkeypatch.setenv("TOKEN", SECRET)
    say("submit share.ipynb --secret TOKEN --cpu 0.1 --wait", 1)
    assert "is packed in share.tar.gz" in say("export share share.tar.gz")
    say("export share share.tar")
    assert SECRET.encode() not in (ada.folder / "share.tar").read_bytes()
    shutil.move(ada.folder / "share.tar.gz", bob.folder)
    shutil.rmtree(ada.folder)
    ada.leave()
    shutil.rmtree(ada.home.path)

    bob.sit()
    assert "Cell 3, line 1 of worker-0 raised ZeroDivisionError" in say("import share.tar.gz")
    job = json.loads(say("status share --json"))
    assert (job["state"], job["metrics"]) == ("failed", {"loss": 0.5})
    assert json.loads(say("jobs --json"))[0]["id"] == job["id"]
    log = say("logs share")
    assert "rows 1,2,3" in log and "ZeroDivisionError: division by zero" in log
    say("notebook share --fetch executed.ipynb")
    executed = json.loads((bob.folder / "executed.ipynb").read_text())["cells"]
    assert executed[2]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert say("files share") and "has failed" in say("stop share")

    say("restore share share")
    entry = bob.folder / "share" / "share.ipynb"
    document = json.loads(entry.read_text())
    document["cells"][2]["source"] = ["print(10 / (params.parts or 2))"]
    entry.write_text(json.dumps(document))
    say("submit share/share.ipynb --name mended --secret TOKEN --cpu 0.1 --wait")
    assert "5.0" in say("logs mended")
    found = json.loads(say("diff share mended --json"))
    assert [(c["change"], c["before"]["number"]) for c in found["cells"]] == [("changed", 3)]
    assert found["files"] == []
    assert [each["state"] for each in found["jobs"]] == ["failed", "succeeded"]

    assert "parameters.parts: the default → 4" in say("again share -p parts=4 --wait")
    assert "2.5" in say("logs share")
    bob.leave()
    for place in (bob.home.jobs, bob.home.snapshots):
        held = [path for path in place.rglob("*") if path.is_file()]
        assert held and not any(SECRET.encode() in path.read_bytes() for path in held)
