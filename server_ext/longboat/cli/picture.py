"""Small grey pictures in a terminal: two rows of pixels a line, or letters where that fails."""

from __future__ import annotations

from collections.abc import Sequence

RAMP = " .:-=+*#%@"
"""Grey levels as ASCII, dark to light."""
GAP = "  "
FIRST_GREY, GREYS = 232, 24
"""The grey ramp of the 256-colour palette (xterm)."""


def draw(pixels: Sequence[Sequence[float]], brightest: float, *, colour: bool) -> list[str]:
    """Draw ``pixels``, rows of values from 0 to ``brightest``, as lines of text.

    With colour a character shows two pixels, one above the other, as foreground and background of
    an upper half block; without, a pixel is two letters of a ramp.
    """
    scaled = [[min(1.0, max(0.0, value / brightest)) for value in row] for row in pixels]
    return _blocks(scaled) if colour else _letters(scaled)


def _letters(rows: Sequence[Sequence[float]]) -> list[str]:
    return ["".join(RAMP[round(v * (len(RAMP) - 1))] * 2 for v in row) for row in rows]


def _blocks(rows: Sequence[Sequence[float]]) -> list[str]:
    lines = []
    for y in range(0, len(rows), 2):
        upper = rows[y]
        lower = rows[y + 1] if y + 1 < len(rows) else [0.0] * len(upper)
        cells = (
            f"\x1b[38;5;{_grey(a)};48;5;{_grey(b)}m▀" for a, b in zip(upper, lower, strict=True)
        )
        lines.append("".join(cells) + "\x1b[0m")
    return lines


def _grey(value: float) -> int:
    return FIRST_GREY + round(value * (GREYS - 1))


def beside(pictures: Sequence[Sequence[str]], captions: Sequence[str], width: int) -> list[str]:
    """Set pictures of ``width`` columns in one row, each with its caption below."""
    height = max(map(len, pictures), default=0)
    lines = [GAP.join(p[y] if y < len(p) else " " * width for p in pictures) for y in range(height)]
    return [*lines, GAP.join(caption.center(width) for caption in captions).rstrip()]
