"""The commands, their help, and how errors leave."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from longboat.cli.faults import report
from longboat.cli.main import COMMANDS, cli, run
from longboat.errors import BadInput, Broken, Conflict, NotFound, Problem, Unavailable

CONTEXT = click.Context(cli, info_name="longboat")
HEAVY = ["tensorflow", "numpy", "psutil", "rich", "nbformat", "msgspec", "longboat.engine"]


def command(name: str) -> click.Command:
    found = cli.get_command(CONTEXT, name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says(name: str) -> None:
    help_text = command(name).help or ""
    assert help_text.splitlines()[0] == COMMANDS[name].summary


@pytest.mark.parametrize("name", [name for name in COMMANDS if not COMMANDS[name].hidden])
def test_every_help_shows_json_and_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    told = capsys.readouterr().out
    assert "--json" in told
    assert f"longboat {name}" in told.split("Example:")[1]


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from longboat.cli.main import run; run(['--help']); "
        f"sys.exit(repr([m for m in {HEAVY} if m in sys.modules] or ''))"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "''"
    assert time.monotonic() - began < 2, "the goal is 0.15 s; this only catches a heavy import"


BAD = Problem("workers", "0 cannot be used.")

ERRORS = [
    (BadInput([BAD]), 2, "0 cannot be used"),
    (NotFound("There is no job x."), 2, "no job x"),
    (Conflict("It has ended."), 2, "has ended"),
    (Unavailable("The disk is busy."), 1, "busy"),
    (Broken("The record is damaged."), 1, "damaged"),
    (click.UsageError("No such thing"), 2, "No such thing"),
    (PermissionError(13, "Permission denied", "/x"), 1, "refused"),
    (ZeroDivisionError("secret"), 1, "bug in Longboat"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    monkeypatch.delenv("LONGBOAT_DEBUG", raising=False)
    (tmp_path / "local").mkdir()
    return tmp_path


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("error", "code", "words"), ERRORS)
@pytest.mark.parametrize("as_json", [True, False])
def test_an_error_becomes_a_sentence_and_a_code(
    error: Exception, code: int, words: str, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, as_json=as_json) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err and "Traceback" not in told.err
    if as_json:
        shape = json.loads(told.err)["error"]
        assert set(shape) == {"type", "message", "problems"}


def test_all_problems_are_told_with_their_fields(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [BAD, Problem("memory", "It is not an amount.")]
    assert report(BadInput(problems), as_json=True) == 2
    told = json.loads(capsys.readouterr().err)["error"]
    assert told["type"] == "BadInput"
    assert told["problems"] == [problem._asdict() for problem in problems]
    report(BadInput(problems), as_json=False)
    assert "workers: 0 cannot" in (told_text := capsys.readouterr().err)
    assert "memory: It is" in told_text


def test_a_bug_is_logged_and_only_shown_when_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report(ZeroDivisionError("detail"), as_json=False)
    log = home / "local" / "cli.log"
    assert str(log) in capsys.readouterr().err
    assert "ZeroDivisionError: detail" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("LONGBOAT_DEBUG", "1")
    try:
        raise ZeroDivisionError("detail")
    except ZeroDivisionError as error:
        report(error, as_json=False)
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error(home: Path) -> None:
    code = "from longboat.cli.main import main; main(['--help'])"
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write_end, stderr=subprocess.PIPE, check=False
    )
    os.close(write_end)
    assert done.stderr == b""


def test_a_quoted_control_sequence_never_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report(NotFound("There is no \x1b[2J\x9b job."), as_json=False)
    told = capsys.readouterr().err
    assert "no  [2J" in told and not {"\x1b", "\x9b"} & set(told)
