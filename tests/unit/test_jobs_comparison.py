"""Two jobs beside each other, as a person and as a program see them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from archives_tools import SOURCES, end, ended, write_notebook

from longboat.api import Client, Job
from longboat.cli.main import run
from longboat.errors import Broken, NotFound

OTHER = "bcdefghijk"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def first(home: Path, tmp_path: Path) -> Job:
    return ended(home, write_notebook(tmp_path / "work"))


def other(home: Path, tmp_path: Path, *sources: str, **changes: Any) -> Job:
    """A job of a changed notebook, beside changed files."""
    entry = write_notebook(tmp_path / "other", *sources)
    (tmp_path / "other" / "data.csv").write_text("a,b\n1,3\n")
    (tmp_path / "other" / "tool.sh").unlink()
    (tmp_path / "other" / "new.csv").write_bytes(b"\0\xff")
    job = ended(home, entry, OTHER, **changes)
    end(Client(home), job.record, (), state="succeeded", reason="", metrics={"loss": 0.125})
    return job


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert run(["diff", *argv]) == 0
    return capsys.readouterr().out


def test_nothing_is_other(first: Job, capsys: pytest.CaptureFixture[str]) -> None:
    found = first.diff(first)
    assert found.same and not found.texts
    page = said(capsys, first.id, first.id)
    assert "The same went into both: snapshot, parameters, what was asked, environment." in page
    assert "Cells" not in page and "Files" not in page
    assert json.loads(said(capsys, first.id, first.id, "--json"))["same"] is True


def test_all_that_is_other_is_told(
    first: Job, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = other(
        home,
        tmp_path,
        *(SOURCES[0], "print(3)", "print('new')"),
        parameters={"lr": 0.2},
        workers=2,
        secrets=("TOKEN", "KEY"),
        image="registry.example.org/team/trainer:1.0",
    )
    write_receipt(job, {"numpy": "2.0.0", "keras": "3.0"})
    page = said(capsys, first.id, job.id)
    for line in (
        "lr: 0.1 → 0.2",
        "workers: 1 → 2",
        'secrets: ["TOKEN"] → ["TOKEN", "KEY"]',
        "image: the default → registry.example.org/team/trainer:1.0",
        "cell 2 changed",
        "-print(2)",
        "+print(3)",
        "cell 3 added",
        "data.csv changed: 8 bytes 492d5ea4 → 8 bytes",
        "new.csv added: 2 bytes",
        "tool.sh removed: 10 bytes a8076d3d, executable",
        "numpy: 1.26.0 → 2.0.0",
        "keras: the default → 3.0",
    ):
        assert line in page, page
    assert "digits.ipynb" not in page and "-1,2" not in page
    rows = [line.split() for line in page.splitlines()]
    assert ["state", "failed", "succeeded"] in rows
    assert ["loss", "0.25", "0.125"] in rows
    assert "+1,3" in said(capsys, first.id, job.id, "--unified")


def write_receipt(job: Job, distributions: dict[str, str] | None) -> None:
    """Change what the receipt says of the interpreter; None of a job on a cluster."""
    path = job.directory / "receipt.json"
    receipt = json.loads(path.read_bytes())
    if distributions is None:
        receipt["interpreter"] = None
    else:
        receipt["interpreter"]["distributions"] = distributions
    path.write_text(json.dumps(receipt))


def test_json_is_stable(
    first: Job, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = other(home, tmp_path, SOURCES[0], "print(3)")
    found = json.loads(said(capsys, first.id, job.id, "--unified", "--json"))
    assert set(found) == {
        *("same", "jobs", "cells", "files", "parameters", "asked", "environment", "metrics")
    }
    assert [(each["id"], each["state"], each["seconds"]) for each in found["jobs"]] == [
        (first.id, "failed", 9.5),
        (job.id, "succeeded", 9.5),
    ]
    cell = found["cells"][0]
    assert (cell["change"], cell["before"]["number"]) == ("changed", 2)
    assert cell["diff"] == ["@@ -1 +1 @@", "-print(2)", "+print(3)"]
    files = {each["path"]: each for each in found["files"]}
    assert files["data.csv"]["diff"][1:] == [" a,b", "-1,2", "+1,3"]
    assert files["new.csv"]["diff"] is None and files["new.csv"]["after"]["size"] == 2
    assert found["metrics"] == {"loss": [0.25, 0.125], "diverged": [None, None]}
    assert "hush" not in json.dumps(found)


def test_an_image_is_no_list_of_distributions(first: Job, home: Path, tmp_path: Path) -> None:
    job = other(home, tmp_path)
    write_receipt(job, None)
    assert [each.name for each in first.diff(job).environment] == ["interpreter"]


def test_a_renamed_notebook_is_compared_by_its_cells(
    first: Job, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "renamed"
    write_notebook(folder).rename(folder / "letters.ipynb")
    job = ended(home, folder / "letters.ipynb", OTHER)
    found = first.diff(job)
    assert (found.cells, found.files) == ([], [])
    assert [(each.name, each.after) for each in found.asked] == [("entry", "letters.ipynb")]


def test_what_is_other_in_a_notebook_beside_its_cells_is_a_file(
    first: Job, home: Path, tmp_path: Path
) -> None:
    entry = write_notebook(tmp_path / "kernel")
    document = json.loads(entry.read_text())
    document["metadata"]["kernelspec"] = {"name": "other", "display_name": "Other"}
    entry.write_text(json.dumps(document))
    found = first.diff(ended(home, entry, OTHER), texts=True)
    assert found.cells == [] and [each.path for each in found.files] == ["digits.ipynb"]
    assert any("display_name" in line for line in found.texts["digits.ipynb"])


def test_control_characters_do_not_reach_the_terminal(
    first: Job, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = other(home, tmp_path, SOURCES[0], "print('\x1b[2J')\n\tindented")
    page = said(capsys, first.id, job.id)
    assert "\x1b" not in page and "\tindented" in page


def test_what_is_missing_is_told(first: Job, home: Path, tmp_path: Path) -> None:
    job = other(home, tmp_path)
    (job.directory / "receipt.json").write_text('{"format": 1, "who": 3}')
    with pytest.raises(Broken, match="A receipt is damaged"):
        first.diff(job)
    shutil.rmtree(home / "snapshots")
    with pytest.raises(NotFound, match="no snapshot"):
        first.diff(first)
