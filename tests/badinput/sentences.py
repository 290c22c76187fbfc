"""What makes a message fit for a person."""

from __future__ import annotations

import re

_ENDS = re.compile(r"[.?!…]$|Run: .+$")
"""A command to be run ends without a stop, to be copied."""
_JARGON = re.compile(
    r"Traceback|\w(Error|Exception)\b|[Ee]rrno|\bNone\b|<class|object at 0x|\bbug\b"
)


def complaint(message: str) -> str:
    """Say what is wrong with a message; empty when it is a sentence, or several, one a line."""
    for line in message.splitlines():
        if not _ENDS.search(line.rstrip('")')):
            return f"does not end as a sentence: {line!r}"
        if line != line.strip() or "  " in line:
            return f"has stray blanks: {line!r}"
        if _JARGON.search(line):
            return f"speaks of the program, not of what to do: {line!r}"
        if any(not character.isprintable() for character in line):
            return f"has control characters: {line!r}"
    return "" if message else "is empty"
