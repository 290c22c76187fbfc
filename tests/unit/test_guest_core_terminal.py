"""What a terminal would show of a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.guest.terminal import Screen, collapse, strip_escapes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\nb"),
        ("10 %\r20 %\n", "20 %\n"),
        ("long line\rshort\n", "shortline\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("abc\b\bX\n", "aXc\n"),
        ("\b\bab\n", "ab\n"),
        ("old\r\x1b[Knew\n", "new\n"),
        ("old\x1b[2K\rnew\n", "new\n"),
        ("\x1b[31mred\x1b[0m\r\x1b[32mbig\x1b[0m\n", "\x1b[32mbig\x1b[0m\n"),
        ("1/2 ━━\r2/2 ━━━━\n", "2/2 ━━━━\n"),
    ],
)
def test_returns_and_backspaces(text, shown):
    assert collapse(text) == shown


@given(st.lists(st.text(alphabet="ab\r\b\n", max_size=6)))
def test_pieces_give_what_the_whole_gives(pieces):
    so_far = ""
    for piece in pieces:
        so_far = collapse(so_far + piece)
    assert so_far.rstrip("\b") == collapse("".join(pieces)).rstrip("\b")


@given(st.text(alphabet="ab\r\b\n\x1b[31mK"))
def test_any_text_can_be_collapsed(text):
    shown = collapse(text)
    assert shown.count("\n") == text.count("\n") and "\r" not in shown


def test_a_screen_keeps_both_ends_of_a_flood():
    screen = Screen()
    for number in range(200_000):
        screen.write(f"line {number}\n")
    text = screen.text()
    assert text.startswith("line 0\nline 1\n") and text.endswith("line 199999\n")
    assert "characters are left out here" in text and len(text) < 300_000
    assert screen.text() == text


def test_escapes_can_be_taken_out():
    assert strip_escapes("\x1b[1;31mred\x1b[0m \x1b[2K\x1b[?25lplain") == "red plain"
