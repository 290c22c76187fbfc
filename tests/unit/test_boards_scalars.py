"""Metrics as event files: written on as they come, whatever the record holds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from boards_tools import events_in, scalars_in
from hypothesis import given
from hypothesis import strategies as st

from longboat.boards.scalars import Counting, Scalar, ScalarFile
from longboat.guest import wire


def report(path: Path, step: int | None, **values: Any) -> None:
    wire.append(str(path), wire.encode(wire.METRICS, step=step, values=values, source="fit"))


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_values_come_with_step_and_time_as_they_are_reported(events: Path, tmp_path: Path) -> None:
    written = ScalarFile(events, tmp_path / "run")
    written.update()
    assert not (tmp_path / "run").exists()
    report(events, 5, loss=0.5, accuracy=1)
    written.update()
    assert scalars_in(tmp_path / "run") == [("loss", 5, 0.5), ("accuracy", 5, 1.0)]
    report(events, 10, loss=0.25)
    wire.append(str(events), wire.encode(wire.CELL, index=1, of=2, state="started"))
    written.update()
    written.update()
    assert scalars_in(tmp_path / "run")[2:] == [("loss", 10, 0.25)]
    times = [json.loads(line)["t"] for line in events.read_text().splitlines()]
    _, first, *_, last = events_in(written.path)
    assert (first.wall_time, last.wall_time) == (times[0], times[1])


def test_a_half_written_line_waits_for_its_end(events: Path, tmp_path: Path) -> None:
    written = ScalarFile(events, tmp_path / "run")
    line = wire.encode(wire.METRICS, step=1, values={"loss": 2.0}, source="fit")
    events.write_bytes(line + line[:20])
    written.update()
    assert scalars_in(tmp_path / "run") == [("loss", 1, 2.0)]
    with events.open("ab") as file:
        file.write(line[20:])
    written.update()
    assert scalars_in(tmp_path / "run") == [("loss", 1, 2.0)] * 2


def test_a_record_that_was_fetched_anew_is_read_from_its_beginning(
    events: Path, tmp_path: Path
) -> None:
    written = ScalarFile(events, tmp_path / "run")
    report(events, 1, loss=3.0)
    report(events, 3, loss=1.0)
    written.update()
    whole = tmp_path / "whole.jsonl"
    for step, loss in ((1, 3.0), (2, 2.0), (3, 1.0)):
        report(whole, step, loss=loss)
    whole.replace(events)
    written.update()
    assert [step for _, step, _ in scalars_in(tmp_path / "run")] == [1, 2, 3]


def scalars(*events: dict[str, Any]) -> list[Scalar]:
    counting = Counting()
    return [s for event in events for s in counting.scalars({"t": 1.0, **event})]


def metrics(step: Any, **values: Any) -> dict[str, Any]:
    return {"kind": wire.METRICS, "step": step, "values": values}


def test_without_a_step_each_metric_is_counted() -> None:
    counted, told = metrics(None, a=1, b=2), metrics(7, b=4)
    found = scalars(counted, metrics(None, a=3), told, metrics(None, b=5))
    assert [(s.tag, s.step, s.value) for s in found] == [
        *(("a", 0, 1.0), ("b", 0, 2.0), ("a", 1, 3.0), ("b", 7, 4.0), ("b", 2, 5.0))
    ]


def test_what_is_no_number_is_left_out_and_what_json_lacks_is_nan() -> None:
    found = scalars(metrics(1, lost=None, text="a", flag=True, huge=10**400, low=-(10**400)))
    assert [s.tag for s in found] == ["lost", "huge", "low"]
    assert math.isnan(found[0].value) and [s.value for s in found[1:]] == [math.inf, -math.inf]
    assert scalars(metrics(1, **{"\ud800": 1.0})) == []
    assert scalars(metrics(10**30, a=1), metrics("x", a=1), metrics(math.nan, a=1)) == [
        Scalar("a", count, 1.0, 1.0) for count in range(3)
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {"kind": st.just(wire.METRICS)}, optional={"t": JSON, "step": JSON, "values": JSON}
)


@given(st.lists(EVENTS | JSON))
def test_no_record_keeps_the_others_from_being_shown(
    tmp_path_factory: pytest.TempPathFactory, found: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    lines = [json.dumps(each).encode("utf-8", "replace") + b"\n" for each in found]
    (folder / "events.jsonl").write_bytes(b"".join(lines))
    report(folder / "events.jsonl", 3, last=1.5)
    ScalarFile(folder / "events.jsonl", folder / "run").update()
    assert scalars_in(folder / "run")[-1] == ("last", 3, 1.5)
