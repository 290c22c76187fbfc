"""Environments that are built on a shared volume: one for all who require the same, or none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from longboat.errors import Broken
from longboat.guest import provisions
from tiny_wheel import write_wheel

ONE, TWO = "jaaaaaaaaa", "jbbbbbbbbb"
KEY = "0123456789abcdef0123"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    write_wheel(tmp_path / "index", "1.0")
    return tmp_path / "index"


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    (tmp_path / "volume").mkdir()
    return tmp_path / "volume"


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("tiny\nmsgspec\n")
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build nothing but an interpreter: of what pip does others are the tests."""

    def build(folder: str, *_: object) -> None:
        (Path(folder) / "bin").mkdir(parents=True)
        (Path(folder) / "bin/python").touch()

    monkeypatch.setattr(provisions, "_build", build)


def provide(volume: Path, job: str, requirements: Path, index: Path) -> None:
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    provisions.provide(str(volume), job, KEY, str(requirements), variables)


def names(volume: Path) -> list[str]:
    return sorted(each.name for each in (volume / "environments").iterdir())


def test_it_has_what_is_required_and_what_the_base_has(
    volume: Path, requirements: Path, index: Path
) -> None:
    provide(volume, ONE, requirements, index)
    python = provisions.check(str(volume), KEY)
    code = "import tiny, msgspec; print(tiny.VERSION, msgspec.__name__)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1.0 msgspec\n"
    site = next((volume / "environments" / KEY).glob("lib/*/site-packages"))
    assert not (site / "msgspec").exists(), "the base has it"


@pytest.mark.usefixtures("quick")
def test_who_requires_the_same_finds_it(volume: Path, requirements: Path, index: Path) -> None:
    provide(volume, ONE, requirements, index)
    before = (volume / "environments" / KEY).stat().st_ino
    provide(volume, TWO, requirements, index)
    assert (volume / "environments" / KEY).stat().st_ino == before


def test_what_cannot_be_built_is_not_there_and_pip_says_why(
    volume: Path, requirements: Path, tmp_path: Path
) -> None:
    with pytest.raises(Broken, match="No matching distribution found for tiny"):
        provide(volume, ONE, requirements, tmp_path)
    with pytest.raises(Broken, match="not on the volume"):
        provisions.check(str(volume), KEY)
    provisions.drop(str(volume), ONE)
    assert names(volume) == []


@pytest.mark.usefixtures("quick")
def test_what_was_left_half_built_is_built_anew(
    volume: Path, requirements: Path, index: Path
) -> None:
    half = volume / "environments" / f"{KEY}.{ONE}"
    half.mkdir(parents=True)
    (half / "rubbish").touch()
    provide(volume, ONE, requirements, index)
    assert not (volume / "environments" / KEY / "rubbish").exists()


@pytest.mark.usefixtures("quick")
def test_who_is_slower_takes_what_is_there(
    volume: Path, requirements: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = provisions._build

    def while_another_builds(folder: str, *given: object) -> None:
        monkeypatch.setattr(provisions, "_build", build)
        provide(volume, TWO, requirements, index)
        build(folder, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(provisions, "_build", while_another_builds)
    provide(volume, ONE, requirements, index)
    assert names(volume) == [KEY, f"{KEY}.{TWO}", f"{KEY}.jobs"]


@pytest.mark.usefixtures("quick")
def test_it_goes_with_the_last_job_that_needs_it(
    volume: Path, requirements: Path, index: Path
) -> None:
    provide(volume, ONE, requirements, index)
    provide(volume, TWO, requirements, index)
    provisions.drop(str(volume), ONE)
    assert provisions.check(str(volume), KEY)
    provisions.drop(str(volume), TWO)
    assert names(volume) == []


@pytest.mark.usefixtures("quick")
def test_who_finds_it_while_another_drops_it_keeps_it(
    volume: Path, requirements: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provide(volume, ONE, requirements, index)
    rmdir = os.rmdir

    def found_just_before(path: str) -> None:
        rmdir(path)
        monkeypatch.setattr(os, "rmdir", rmdir)
        provide(volume, TWO, requirements, index)

    monkeypatch.setattr(os, "rmdir", found_just_before)
    provisions.drop(str(volume), ONE)
    assert provisions.check(str(volume), KEY)


@pytest.mark.parametrize("key", ["..", "", "0123456789abcdef012/", "G" * 20])
def test_only_a_key_becomes_a_path(tmp_path: Path, volume: Path, key: str) -> None:
    (tmp_path / "variables.json").write_text(json.dumps({}))
    program = tmp_path / "longboat.pyz"
    program.write_text("from longboat.guest.main import main; main()")
    command = [sys.executable, str(program), "install", str(volume), ONE, key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (1, f"{key!r} is no key")
    assert not list(volume.iterdir())
