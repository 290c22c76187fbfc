"""Kept tries: durable, limited, and compared with what another version answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longboat.errors import BadInput, Conflict, NotFound, TooLarge
from longboat.records.layout import Home
from longboat.services.differences import compare, replayed
from longboat.services.tries import LARGEST, MOST, TryStore


@pytest.fixture
def store(tmp_path: Path) -> TryStore:
    return TryStore(Home(tmp_path))


def test_what_is_kept_is_there_for_a_successor_the_newest_first(
    store: TryStore, tmp_path: Path
) -> None:
    first = store.keep("m", 1, [[0.5]], [1, 2])
    second = store.keep("m", 2, {"a": "é"}, {"b": None})
    assert TryStore(Home(tmp_path)).of("m") == [second, first]
    assert store.of("other") == []
    store.remove("m", first.id)
    assert store.of("m") == [second]
    with pytest.raises(NotFound):
        store.remove("m", first.id)


def test_only_so_many_are_kept_and_none_too_large(store: TryStore) -> None:
    with pytest.raises(TooLarge, match="256 KiB"):
        store.keep("m", 1, "x" * LARGEST, 0)
    for number in range(MOST):
        store.keep("m", 1, number, 0)
    with pytest.raises(Conflict, match="remove one first"):
        store.keep("m", 1, 0, 0)
    assert len(store.of("m")) == MOST


@pytest.mark.parametrize("name", ["../m", "", "M", "a/b"])
def test_a_name_is_no_path(store: TryStore, name: str) -> None:
    with pytest.raises(BadInput):
        store.keep(name, 1, 0, 0)


@pytest.mark.parametrize(
    ("then", "now", "verdict"),
    [
        ([0.1, 0.9], [0.1, 0.9 + 1e-9], "same"),
        ([0.1, 0.9], [0.4, 0.6], "same-class"),
        ([0.1, 0.9], [0.6, 0.4], "other"),
        ([0.1, 0.9], [0.1, 0.1, 0.8], "other"),
        ({"p": [0.1, 0.9], "x": 1}, {"p": [0.2, 0.8], "x": 1}, "same-class"),
        ({"p": 1}, {"q": 1}, "other"),
        (3, 4, "other"),
        ("cat", "cat", "same"),
        (True, False, "other"),
        ([[1.0]], [[1.0]], "same"),
    ],
)
def test_answers_are_compared(then: Any, now: Any, verdict: str) -> None:
    assert compare(then, now) == verdict


def test_what_the_next_version_refuses_is_said(store: TryStore) -> None:
    store.keep("m", 1, [1], [0.1, 0.9])

    def refuse(instance: Any) -> Any:
        raise BadInput.of("instances", "They have another shape.")

    [found] = replayed(store.of("m"), refuse)
    assert found.verdict == "refused"
    assert "another shape" in found.now
