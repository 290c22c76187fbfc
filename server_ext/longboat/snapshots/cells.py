"""A notebook's cells beside those of another, aligned by what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import msgspec

from longboat.spec.document import parse_document, text_of
from longboat.spec.notebook import numbered

ALIKE = 0.5
"""From which share of common characters on one cell counts as another, changed."""
MOST_PAIRS = 400
"""Of cells that are looked at for likeness; more are paired as they come."""


class SourceCell(msgspec.Struct, frozen=True):
    """One cell, as far as two are compared: outputs and counts are not."""

    number: int | None
    """From 1, as a job counts; None for one that a job does not run."""
    kind: str
    """``code``, ``markdown``, …"""
    source: str
    id: str | None = None


class CellPair(NamedTuple):
    """A cell before and after; None where there is none."""

    before: SourceCell | None
    after: SourceCell | None

    @property
    def same(self) -> bool:
        """Nothing of it is other."""
        return _key(self.before) == _key(self.after)


def read_cells(path: str, data: bytes) -> list[SourceCell]:
    """Read a notebook's cells. Raises BadInput when it is none."""
    return [
        SourceCell(number, cell["cell_type"], text_of(cell), _id(cell.get("id")))
        for cell, number in numbered(parse_document(Path(path), data))
    ]


def align(before: Sequence[SourceCell], after: Sequence[SourceCell]) -> Iterator[CellPair]:
    """Pair the cells in order: the same ones first, between them changed, added and removed."""
    matcher = SequenceMatcher(None, [*map(_key, before)], [*map(_key, after)], autojunk=False)
    for how, i, i_end, j, j_end in matcher.get_opcodes():
        if how == "equal":
            yield from map(CellPair, before[i:i_end], after[j:j_end])
        else:
            yield from _by_id(before[i:i_end], after[j:j_end])


def _by_id(before: Sequence[SourceCell], after: Sequence[SourceCell]) -> Iterator[CellPair]:
    """Pair cells that are still the same one to the editor, however much was changed in them."""
    ids, new_ids = ([cell.id or object() for cell in cells] for cells in (before, after))
    matcher = SequenceMatcher[object](None, ids, new_ids, autojunk=False)
    for how, i, i_end, j, j_end in matcher.get_opcodes():
        pair = map(CellPair, before[i:i_end], after[j:j_end])
        yield from pair if how == "equal" else _by_likeness(before[i:i_end], after[j:j_end])


def _by_likeness(before: Sequence[SourceCell], after: Sequence[SourceCell]) -> Iterator[CellPair]:
    """Pair each cell with the next one that is much like it."""
    judged = len(before) * len(after) <= MOST_PAIRS
    start = 0
    for cell in before:
        like = (n for n in range(start, len(after)) if not judged or _alike(cell, after[n]))
        found = next(like, None)
        if found is None:
            yield CellPair(cell, None)
            continue
        yield from (CellPair(None, new) for new in after[start:found])
        yield CellPair(cell, after[found])
        start = found + 1
    yield from (CellPair(None, new) for new in after[start:])


def _alike(one: SourceCell, other: SourceCell) -> bool:
    same_kind = one.kind == other.kind
    return same_kind and SequenceMatcher(None, one.source, other.source).quick_ratio() >= ALIKE


def _key(cell: SourceCell | None) -> tuple[str, str] | None:
    return None if cell is None else (cell.kind, cell.source)


def _id(value: object) -> str | None:
    return value if isinstance(value, str) else None
