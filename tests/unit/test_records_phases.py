"""A job's history as phases: each state once, in order, whatever a crash or a clock has done."""

from __future__ import annotations

from typing import Any

import pytest

from longboat.records.phases import phases


def said(t: float, state: str, attempt: int = 1, message: str = "") -> dict[str, Any]:
    event = {"t": t, "kind": "state", "state": state, "attempt": attempt}
    return {**event, "reason": "why" if message else "", "message": message}


def test_a_phase_lasts_until_the_next() -> None:
    found = phases(
        [
            said(1, "queued"),
            said(2, "queued", message="Waits."),
            said(3, "queued", message="Waits still."),
            said(4, "running"),
            said(9, "queued", 2, "Attempt 1 failed."),
            said(10, "running", 2),
            said(20, "failed", 2, "It failed."),
        ]
    )
    assert [(each.state, each.attempt, each.since) for each in found] == [
        *(("queued", 1, 1), ("running", 1, 4), ("queued", 2, 9)),
        *(("running", 2, 10), ("failed", 2, 20)),
    ]
    assert [each.message for each in found] == ["Waits.", "", "Attempt 1 failed.", "", "It failed."]


def test_a_clock_that_was_put_back_makes_no_phase_shorter_than_nothing() -> None:
    found = phases([said(100, "queued"), said(50, "running"), said(120, "succeeded")])
    assert [each.since for each in found] == [100, 100, 120]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"kind": "warning", "t": 1, "message": "x"},
        {**said(1, "running"), "t": "now"},
        {**said(1, "running"), "t": float("nan")},
        {**said(1, "running"), "attempt": "1"},
        {**said(1, "running"), "state": ["running"]},
        said(1, "asleep"),
    ],
)
def test_what_is_no_sound_event_is_passed_over(event: dict[str, Any]) -> None:
    assert [each.state for each in phases([said(0, "queued"), event])] == ["queued"]
