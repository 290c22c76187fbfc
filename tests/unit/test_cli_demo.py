"""What the demo reads and draws; the whole of it is ``make demo``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from longboat.cli.demo import (
    BRIGHTEST,
    HELD_OUT,
    SIDE,
    _instances,
    _say_next,
    _show,
    read_digits,
)
from longboat.cli.main import run

DIGITS = Path(__file__).parents[2] / "images" / "notebook" / "examples" / "digits.csv.gz"


def test_the_held_out_digits_are_pictures_with_labels() -> None:
    digits = read_digits(DIGITS)
    assert len(digits) == HELD_OUT
    assert {digit.label for digit in digits} == set(range(10))
    for digit in digits:
        assert len(digit.pixels) == SIDE and all(len(row) == SIDE for row in digit.pixels)
        assert all(0 <= pixel <= BRIGHTEST for row in digit.pixels for pixel in row)


def test_instances_have_the_shape_that_the_model_takes() -> None:
    (instance,) = _instances(read_digits(DIGITS)[:1])
    assert isinstance(instance, list)
    assert (len(instance), len(instance[0]), len(instance[0][0])) == (SIDE, SIDE, 1)


def test_a_wrong_answer_is_shown_with_the_right_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    digits = read_digits(DIGITS)[:2]
    _show(digits, [digits[0].label, (digits[1].label + 1) % 10])
    captions = capsys.readouterr().out.splitlines()[-1]
    assert str(digits[0].label) in captions and f"not {digits[1].label}" in captions


@pytest.mark.parametrize("known", [True, False])
def test_what_to_do_next_can_be_typed(
    known: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tool = tmp_path / "longboat"
    tool.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path) if known else "")
    _say_next(tmp_path, "abcdefghij")
    said = capsys.readouterr().out
    assert "longboat status abcdefghij" in said
    assert (f"export PATH={Path(sys.executable).parent}" in said) is not known


def test_a_notebook_without_its_digits_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", str(tmp_path / "digits.ipynb")]) == 2
    assert "digits" in capsys.readouterr().err
