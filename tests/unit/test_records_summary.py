"""Metrics, curves and the time left, from events read as they come."""

import math
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.guest import wire
from longboat.records import codec
from longboat.records.estimate import PAUSE, Pace
from longboat.records.status import JobStatus, Progress, Reported
from longboat.records.summary import POINTS, Summary


@pytest.fixture
def events(tmp_path):
    return tmp_path / "events.jsonl"


def write(path, kind, **fields):
    wire.append(str(path), wire.encode(kind, **fields))


def test_nothing_yet(events):
    assert Summary(events).update() == Reported()


def test_the_last_value_of_each_metric(events):
    summary = Summary(events)
    write(events, wire.METRICS, t=1.0, step=1, values={"loss": 0.9, "accuracy": 0.1})
    assert summary.update().metrics == {"loss": 0.9, "accuracy": 0.1}
    write(events, wire.METRICS, t=2.0, step=2, values={"loss": 0.5})
    assert summary.update().metrics == {"loss": 0.5, "accuracy": 0.1}
    assert summary.series["loss"].points == [(1.0, 1, 0.9), (2.0, 2, 0.5)]


def test_a_diverged_loss_is_null_and_leaves_a_gap_in_the_curve(events):
    summary = Summary(events)
    write(events, wire.METRICS, t=1.0, step=None, values={"loss": 1.0})
    write(events, wire.METRICS, t=2.0, step=None, values={"loss": math.nan})
    reported = summary.update()
    assert reported.metrics == {"loss": None}
    assert summary.series["loss"].points == [(1.0, None, 1.0)]
    assert summary.update() == reported


def test_a_number_that_is_too_large_for_any_record_is_null(events):
    write(events, wire.METRICS, t=1.0, step=10**400, values={"paths": 10**400, "loss": 1.0})
    reported = Summary(events).update()
    assert reported.metrics == {"paths": None, "loss": 1.0}
    codec.encode(JobStatus(metrics=reported.metrics))


def test_a_loop_that_counts_thousands_of_times_a_second_is_read_in_time(events):
    lines = [
        wire.encode(wire.PROGRESS, t=1000 + n / 1000, done=n, total=80_000, unit="step")
        for n in range(20_000)
    ]
    events.write_bytes(b"".join(lines))
    began = time.process_time()
    progress = Summary(events).update().progress
    assert time.process_time() - began < 5
    assert progress.remaining == 60


def test_a_torn_line_is_read_once_it_is_whole(events):
    line = wire.encode(wire.METRICS, t=1.0, step=1, values={"loss": 0.5})
    summary = Summary(events)
    events.write_bytes(line[:20])
    assert summary.update().metrics == {}
    events.write_bytes(line)
    assert summary.update().metrics == {"loss": 0.5}


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b'{"t":1,"kind":"metrics"}',
        b'{"t":1,"kind":"metrics","values":[1]}',
        b'{"t":"x","kind":"progress","done":1,"total":2}',
        b'{"t":1,"kind":"progress","done":"x","total":2}',
        b'{"t":1,"kind":"cell","index":"x"}',
        b'{"t":1,"kind":"unknown"}',
        b'{"t":1e999,"kind":"progress","done":1,"total":2}',
        b'{"t":1%s,"kind":"progress","done":1,"total":2}' % (b"0" * 400),
        b'{"t":1,"kind":"progress","done":1,"total":1%s}' % (b"0" * 400),
        b'{"t":1,"kind":"cell","index":1%s,"of":2}' % (b"0" * 30),
        b'{"t":1,"kind":"metrics","step":1,"values":{"half of a pair: \\ud800":1}}',
    ],
)
def test_what_is_foreign_is_passed_over(events, line):
    events.write_bytes(line + b"\n")
    write(events, wire.CELL, index=2, of=9, state="started")
    assert Summary(events).update() == Reported(progress=Progress(cell=2, cells=9))


def test_progress_and_the_time_left(events):
    summary = Summary(events)
    write(events, wire.CELL, index=4, of=9, state="started")
    for done in range(1, 11):
        write(events, wire.PROGRESS, t=100.0 + 2 * done, done=done, total=100, unit="step")
    assert summary.update().progress == Progress(
        cell=4, cells=9, done=10, total=100, remaining=180.0
    )
    write(events, wire.CELL, index=4, of=9, state="finished", seconds=20)
    assert summary.update().progress.remaining is None


def test_a_long_curve_is_thinned_evenly(events):
    lines = [
        wire.encode(wire.METRICS, t=float(n), step=n, values={"x": n}) for n in range(3 * POINTS)
    ]
    events.write_bytes(b"".join(lines))
    summary = Summary(events)
    summary.update()
    steps = [step for _, step, _ in summary.series["x"].points]
    assert POINTS / 2 <= len(steps) <= POINTS
    assert {b - a for a, b in pairwise(steps)} == {4}


class TestPace:
    def test_says_nothing_without_a_basis(self):
        pace = Pace()
        assert pace.remaining() is None
        pace.add(0.0, 0, 100)
        pace.add(30.0, 1, 100)
        assert pace.remaining() is None
        pace.add(31.0, 2, 100)
        assert pace.remaining() is None
        pace.add(32.0, 3, 100)
        assert pace.remaining() == pytest.approx(97.0)

    def test_leaves_out_what_led_to_the_first_step(self):
        pace = Pace()
        for t, done in [(0, 0), (60, 1), (61, 2), (62, 3), (63, 4)]:
            pace.add(t, done, 10)
        assert pace.remaining() == pytest.approx(6.0)

    def test_bounds_a_pause(self):
        pace = Pace()
        t = 0.0
        for done in range(1, 21):
            t += 1000.0 if done == 10 else 1.0
            pace.add(t, done, 120)
        assert pace.remaining() == pytest.approx(100 * (18 + PAUSE) / 19, rel=0.5)

    def test_counts_regular_pauses_in(self):
        pace = Pace()
        t = 0.0
        for done in range(1, 41):
            t += 4.0 if done % 10 == 0 else 1.0
            pace.add(t, done, 80)
        assert 40 < pace.remaining() <= 40 * 1.45

    def test_follows_a_change_of_pace(self):
        pace = Pace()
        t = 0.0
        for done in range(1, 101):
            t += 1.0 if done < 40 else 3.0
            pace.add(t, done, 200)
        assert pace.remaining() == pytest.approx(300.0)

    def test_begins_anew_with_another_count(self):
        pace = Pace()
        for n in range(1, 10):
            pace.add(n, n, 10)
        pace.add(20.0, 1, 50)
        assert pace.remaining() is None

    def test_says_nothing_when_all_is_done(self):
        pace = Pace()
        for n in range(1, 11):
            pace.add(n, n, 10)
        assert pace.remaining() is None

    @given(
        st.lists(
            st.tuples(st.floats(0, 1e9, allow_nan=False), st.integers(0, 50), st.integers(-1, 50))
        )
    )
    def test_never_fails_nor_goes_below_zero(self, counts):
        pace = Pace()
        for t, done, total in counts:
            pace.add(t, done, total)
            remaining = pace.remaining()
            assert remaining is None or (math.isfinite(remaining) and remaining >= 0)
