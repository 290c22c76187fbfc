"""How much an archive may be: what is written keeps to it, and what is read is held to it."""

from __future__ import annotations

from collections.abc import Sequence

from longboat.spec.quantities import format_memory

MOST_FILES = 100_000
MOST_BYTES = 20 * 10**9
"""Of all files together."""
LARGEST_LIST = 32 << 20
"""Bytes of the list of contents; enough for ``MOST_FILES``."""
PIECE = 1 << 20
"""Bytes read at once, headers of the archive's own included."""
RATIO = 200
"""Bytes that may come of one that is compressed; repeated lines of a log reach a thousand, so …"""
UNJUDGED = 100 * 10**6
"""… so many bytes are taken as they come."""


def excess(sizes: Sequence[int]) -> str | None:
    """Say which limit files of these sizes are over; None when they are within all."""
    if len(sizes) > MOST_FILES:
        return f"{len(sizes):,} files, over the limit of {MOST_FILES:,}"
    if sum(sizes) > MOST_BYTES:
        return f"{format_memory(sum(sizes))}, over the limit of {format_memory(MOST_BYTES)}"
    return None


def is_bomb(packed: int, unpacked: int) -> bool:
    """Tell whether ``unpacked`` bytes are too many to come of ``packed`` ones."""
    return unpacked > UNJUDGED and unpacked > RATIO * packed
