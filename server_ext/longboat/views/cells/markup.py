"""HTML as values: whatever is not Markup is escaped, so a job's words never become elements."""

from __future__ import annotations

import html
from collections.abc import Mapping

BORDER = "var(--jp-border-color2, rgba(128, 128, 128, 0.35))"
FAINT = "var(--jp-ui-font-color2, inherit)"
"""Still readable: the theme's colour of secondary text."""
CODE = "var(--jp-code-font-family, monospace)"
ACCENT = "var(--jp-brand-color1, #1976d2)"
_GOOD = "var(--jp-success-color1, #388e3c)"
_BAD = "var(--jp-error-color1, #d32f2f)"
_WAITS = "var(--jp-warn-color1, #b26a00)"
STATE_COLOURS: Mapping[str, str] = {
    "succeeded": _GOOD,
    "ready": _GOOD,
    "running": ACCENT,
    "starting": ACCENT,
    "queued": _WAITS,
    "pending": _WAITS,
    "failed": _BAD,
    "stopped": "var(--jp-ui-font-color2, #757575)",
}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(content: str) -> Markup:
    """Make HTML of a text; what is HTML stays as it is."""
    return content if isinstance(content, Markup) else Markup(html.escape(content))


def joined(*contents: str) -> Markup:
    """Put contents one behind the other."""
    return Markup("".join(map(escaped, contents)))


def element(name: str, *contents: str, style: str = "", **attributes: str) -> Markup:
    """Make an element; ``class_`` is ``class``, and ``aria_label`` is ``aria-label``."""
    given = {**({"style": style} if style else {}), **attributes}
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in given.items()
    )
    return Markup(f"<{name}{written}>{joined(*contents)}</{name}>")


def state(word: str) -> Markup:
    """Write a state: a dot in its colour before the word, which says the same without colour."""
    colour = STATE_COLOURS.get(word.strip(), "currentColor")
    dot = element("span", "●", style=f"color: {colour}; font-size: 0.8em", aria_hidden="true")
    return element("span", dot, f" {word}", style="white-space: nowrap")
