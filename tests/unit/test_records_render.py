"""Lines of a log as safe text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.records.render import plain

RED, RESET = "\x1b[31m", "\x1b[0m"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain\n", "plain"),
        (b"windows\r\n", "windows"),
        (b"tab\tstays", "tab\tstays"),
        (b"", ""),
        ("schön\n".encode(), "schön"),
        (b"bad \xff byte", "bad \ufffd byte"),
        (b"10%\r50%\r100%", "100%"),
        (b"longer\rab", "abnger"),
        (b"50%\r", "50%"),
        (b"loading...\r\x1b[Kdone", "done"),
        (b"loading...\x1b[2K\rdone", "done"),
        (b"abc\x1b[1K\rX", "X"),
        (b"abc\r\x1b[1Kx", "xbc"),
        (b"1/9\b\b\b2/9\b\b\b3/9", "3/9"),
        (b"\b\bx", "x"),
        (b"\x1b[1mbold\x1b[0m", "bold"),
        (b"\x1b]0;new title\x07after", "after"),
        (b"\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]52;c;aGFjaw==\x07", ""),
        (b"\x1bP+q544e\x1b\\x", "x"),
        (b"\x1b[2J\x1b[1;1Hx\x1b[A", "x"),
        (b"\x1b[?1049hx", "x"),
        (b"\x1bcx\x1b7\x1b(B", "x"),
        (b"bell\x07 nul\x00 del\x7f", "bell nul del"),
        ("\x9b31mx\x9d0;t\x9c".encode(), "31mx0;t"),
        (b"cut \x1b[3", "cut 3"),
        (b"cut \x1b", "cut "),
        (b"cut \x1b]0;half a title", "cut "),
    ],
)
def test_stripped(raw, text):
    assert plain(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[31mred\x1b[0m plain", f"{RED}red{RESET} plain"),
        (b"\x1b[31mred", f"{RED}red{RESET}"),
        (b"\x1b[31mred\x1b[m", f"{RED}red{RESET}"),
        (b"\x1b[1m\x1b[31mboth", f"\x1b[1m{RED}both{RESET}"),
        (b"\x1b[31mabc\x1b[0m\rx", f"x{RED}bc{RESET}"),
        (b"\x1b[38;2;1;2;3mx", "\x1b[38;2;1;2;3mx" + RESET),
        (b"\x1b[>4;2mx", "x"),
        (b"\x1b[31m\x1b]0;t\x07x", f"{RED}x{RESET}"),
    ],
)
def test_with_colours(raw, text):
    assert plain(raw, colours=True) == text


@pytest.mark.parametrize("colours", [False, True])
@given(
    raw=st.binary()
    | st.lists(
        st.sampled_from(
            [b"\x1b", b"[", b"]", b"31", b";", b"m", b"K", b"\r", b"\b", b"\x07", b"a", b"\xc2\x9b"]
        )
    ).map(b"".join)
)
def test_nothing_that_a_terminal_obeys_comes_through(colours, raw):
    text = plain(raw, colours=colours)
    if colours:
        assert text.count("\x1b") == len(re.findall(r"\x1b\[[0-9;:]*m", text))
        assert "\x1b" not in text or text.endswith(RESET)
        text = re.sub(r"\x1b\[[0-9;:]*m", "", text)
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_ordinary_text_is_left_alone(text):
    assert plain(text.encode()) == text
    assert plain(text.encode(), colours=True) == text


@given(st.binary())
def test_colours_change_nothing_but_colours(raw):
    assert re.sub(r"\x1b\[[0-9;:]*m", "", plain(raw, colours=True)) == plain(raw)


def test_a_hostile_line_takes_no_more_than_its_length():
    text = plain(b"\x1b[31m\x1b[1mx" * 20_000, colours=True)
    assert len(text) < 20_000 * 200
