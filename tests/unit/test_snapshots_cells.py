"""Cells beside each other: what a person would call changed, added, removed."""

from __future__ import annotations

import json
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snapshots_tools import notebook

from longboat.snapshots import cells as cells_of
from longboat.snapshots.cells import CellPair, SourceCell, align, read_cells

TRAIN = "model.fit(x, y, epochs=3)\nmodel.evaluate(x, y)"


def cells(*sources: str, ids: bool = False) -> list[SourceCell]:
    return [
        SourceCell(n, "code", source, f"c{n}" if ids else None)
        for n, source in enumerate(sources, start=1)
    ]


def told(pairs: list[CellPair]) -> list[tuple[str | None, str | None]]:
    """The sources of those that are not the same."""
    return [
        (pair.before and pair.before.source, pair.after and pair.after.source)
        for pair in pairs
        if not pair.same
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "b"], ["a", "b"], []),
        (["a", "b"], ["a", "new", "b"], [(None, "new")]),
        (["a", "b"], ["b"], [("a", None)]),
        (["a", TRAIN], ["a", TRAIN + " "], [(TRAIN, TRAIN + " ")]),
        (["x = 1", TRAIN], [TRAIN, "x = 1"], [(None, TRAIN), (TRAIN, None)]),
        (["12345"], ["abcde"], [("12345", None), (None, "abcde")]),
        ([], ["a"], [(None, "a")]),
        (
            ["one = 1", "two = 2"],
            ["new!!!", "one = 11", "two = 22"],
            [(None, "new!!!"), ("one = 1", "one = 11"), ("two = 2", "two = 22")],
        ),
    ],
)
def test_aligned(
    before: list[str], after: list[str], expected: list[tuple[str | None, str | None]]
) -> None:
    assert told(list(align(cells(*before), cells(*after)))) == expected


def test_a_cell_is_the_one_of_its_id_however_much_is_changed() -> None:
    before, after = cells("12345", "same", ids=True), cells("abcde", "same", ids=True)
    assert told(list(align(before, after))) == [("12345", "abcde")]


def test_another_kind_is_another_cell() -> None:
    text = [SourceCell(None, "markdown", "# one")]
    assert [pair.same for pair in align(text, cells("# one"))] == [False, False]


SOURCES = st.lists(st.sampled_from(["a", "b", "ab", "abc = 1", "abc = 2", TRAIN]), max_size=8)


@given(before=SOURCES, after=SOURCES, ids=st.booleans(), most=st.sampled_from([0, 400]))
def test_no_cell_is_lost_or_moved(
    before: list[str], after: list[str], ids: bool, most: int
) -> None:
    old, new = cells(*before, ids=ids), cells(*after, ids=ids)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells_of, "MOST_PAIRS", most)
        pairs = list(align(old, new))
    assert [pair.before for pair in pairs if pair.before] == old
    assert [pair.after for pair in pairs if pair.after] == new
    assert all(pair.before or pair.after for pair in pairs)
    assert all(pair.same for pair in pairs) == (before == after)


def test_cells_are_numbered_as_jobs_count() -> None:
    document = json.loads(notebook("a", "", "skipped", "b"))
    document["cells"][2]["metadata"]["tags"] = ["longboat:skip"]
    document["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": ["# T", "x"]})
    found = read_cells("a.ipynb", json.dumps(document).encode())
    assert [(cell.number, cell.kind, cell.source) for cell in found] == [
        (None, "markdown", "# Tx"),
        (1, "code", "a"),
        (None, "code", ""),
        (None, "code", "skipped"),
        (2, "code", "b"),
    ]
    assert len(list(chain(found))) == 5
