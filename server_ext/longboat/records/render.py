r"""A line of a log as text that is safe to show, as a terminal would have left it.

Progress bars go back with ``\r`` and ``\b`` and write over themselves; colours are SGR sequences
(ECMA-48, 8.3.117). All other control sequences are dropped: they could move the cursor, rename the
window, write to the clipboard or make links in the reader's terminal.
"""

from __future__ import annotations

import re

_ESCAPE = (
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"  # CSI: colours, cursor, erasing
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # OSC, DCS, SOS, PM, APC: strings
    r"|\x1b[ -/]*[0-~]"  # other two-byte sequences
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"  # single controls, the escape character itself included
)
_TOKEN = re.compile(_ESCAPE)
_SIMPLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_COLOURS = re.compile(r"[0-9;:]{0,64}")
_RESET = "\x1b[0m"
_ERASED = (" ", "")
"""Known by its identity: a space that was printed is text."""
_STYLES = 16
"""Sequences that are kept since the last reset; a screen shows the effect of fewer."""


class _Line:
    """A terminal's row: cells, a cursor, and the style that is written with."""

    def __init__(self, colours: bool) -> None:
        self._colours = colours
        self._cells: list[tuple[str, str]] = []
        self._cursor = 0
        self._styles: list[str] = []
        self._style = ""

    def write(self, text: str) -> None:
        end = self._cursor + len(text)
        style = self._style
        self._cells[self._cursor : end] = [(character, style) for character in text]
        self._cursor = end

    def control(self, found: re.Match[str]) -> None:
        match found[0], found["final"]:
            case "\r", _:
                self._cursor = 0
            case "\b", _:
                self._cursor = max(0, self._cursor - 1)
            case _, "m":
                self._paint(found["parameters"])
            case _, "K":
                self._erase(found["parameters"])

    def text(self) -> str:
        while self._cells and self._cells[-1] is _ERASED:
            self._cells.pop()
        if not self._colours:
            return "".join(character for character, _ in self._cells)
        parts, now = [], ""
        for character, style in self._cells:
            if style != now:
                parts.append((_RESET if now else "") + style)
                now = style
            parts.append(character)
        return "".join(parts) + (_RESET if now else "")

    def _paint(self, parameters: str) -> None:
        if not self._colours or not _COLOURS.fullmatch(parameters):
            return
        if parameters.strip("0;") == "":
            self._styles = []
        else:
            self._styles = [*self._styles[1 - _STYLES :], f"\x1b[{parameters}m"]
        self._style = "".join(self._styles)

    def _erase(self, parameters: str) -> None:
        """Erase in line (EL): to its end, to its beginning, or all."""
        if parameters in ("", "0"):
            del self._cells[self._cursor :]
        elif parameters == "1":
            blank = min(self._cursor + 1, len(self._cells))
            self._cells[:blank] = [_ERASED] * blank
        elif parameters == "2":
            self._cells = [_ERASED] * self._cursor


def plain(line: bytes | str, *, colours: bool = False) -> str:
    r"""Render one line, without its line end.

    The result holds no control character but tabs, and with ``colours`` complete SGR sequences that
    are reset at the end. What is not UTF-8 becomes U+FFFD.
    """
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    text = text.rstrip("\r\n")
    if not _SIMPLE.search(text):
        return text
    row, position = _Line(colours), 0
    for found in _TOKEN.finditer(text):
        row.write(text[position : found.start()])
        row.control(found)
        position = found.end()
    row.write(text[position:])
    return row.text()
