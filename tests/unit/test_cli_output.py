"""Tables fit, ages are short, and nothing foreign reaches the terminal as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longboat.cli.output import Column, age, format_table
from longboat.cli.picture import beside, draw
from longboat.views.terminal import metrics_line

COLUMNS = [Column("id"), Column("name", shrinks=True), Column("state"), Column("n", right=True)]


def test_columns_are_aligned() -> None:
    lines = format_table(COLUMNS, [["k3", "digits", "running", "2"], ["k41", "x", "failed", "10"]])
    assert lines == [
        "ID   NAME    STATE     N",
        "k3   digits  running   2",
        "k41  x       failed   10",
    ]


def test_a_narrow_terminal_cuts_what_may_be_cut() -> None:
    lines = format_table(COLUMNS, [["k3", "a-very-long-name-of-a-job", "running", "2"]], 30)
    assert all(len(line) <= 30 for line in lines)
    assert "…" in lines[1] and lines[1].endswith("running  2")


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(*[st.text(max_size=60)] * 4).map(list), max_size=5),
    width=st.integers(20, 120),
)
def test_no_table_is_wider_than_the_terminal(rows: list[list[str]], width: int) -> None:
    lines = format_table(COLUMNS, rows, width)
    assert len(lines) == 1 + len(rows)
    assert all(len(line) <= max(width, 60) and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7300, "2 h"), (200_000, "2 d"), (-5, "0 s")],
)
def test_an_age_has_one_unit(seconds: float, words: str) -> None:
    assert age(1000.0, 1000.0 + seconds) == words


def test_metrics_are_rounded() -> None:
    assert metrics_line({"loss": 0.123456, "step": 10}) == "loss 0.1235 · step 10"


PIXELS = [[0.0, 16.0], [16.0, 0.0], [8.0, 8.0]]


def test_a_picture_in_letters_shows_two_for_a_pixel() -> None:
    assert draw(PIXELS, 16, colour=False) == ["  @@", "@@  ", "===="]


def test_a_picture_in_colour_shows_two_rows_a_line() -> None:
    lines = draw(PIXELS, 16, colour=True)
    assert len(lines) == 2
    assert lines[0].startswith("\x1b[38;5;232;48;5;255m▀") and lines[0].endswith("\x1b[0m")


def test_pictures_stand_beside_one_another() -> None:
    assert beside([["ab"], ["cd", "ef"]], ["7", "1"], 2) == ["ab  cd", "    ef", "7   1"]
