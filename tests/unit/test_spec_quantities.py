from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.errors import BadInput
from longboat.spec.quantities import (
    format_cores,
    format_memory,
    parse_cpu,
    parse_duration,
    parse_memory,
)


@pytest.mark.parametrize(
    ("text", "cores"),
    [("2", 2.0), ("1.5", 1.5), ("500m", 0.5), (" 0.1 ", 0.1), (3, 3.0), (0.3, 0.3), ("1.50", 1.5)],
)
def test_cores(text: object, cores: float) -> None:
    assert parse_cpu(text) == cores


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2G", 2_000_000_000),
        ("512Mi", 512 << 20),
        ("1.5 GiB", 3 << 29),
        ("1g", 10**9),
        ("2gb", 2 * 10**9),
        (1 << 30, 1 << 30),
        ("1048576", 1 << 20),
    ],
)
def test_memory(text: object, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7200),
        ("90s", 90),
        ("1h30m", 5400),
        ("1d", 86400),
        ("45", 45),
        (1.5, 1.5),
        ("1H", 3600),
    ],
)
def test_durations(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (parse_cpu, "two", "not a number of cores"),
        (parse_cpu, "-1", "not a number of cores"),
        (parse_cpu, "", "not a number of cores"),
        (parse_cpu, "0", "least is 0.1"),
        (parse_cpu, "50m", "least is 0.1"),
        (parse_cpu, "1.25", "write 1.2 or 1.3"),
        (parse_cpu, True, "not a number of cores"),
        (parse_cpu, float("nan"), "not a number of cores"),
        (parse_cpu, float("inf"), "not a number of cores"),
        (parse_cpu, None, "not a number of cores"),
        (parse_cpu, "１", "not a number of cores"),
        (parse_memory, "2X", "not an amount of memory"),
        (parse_memory, "i", "not an amount of memory"),
        (parse_memory, "1ib", "not an amount of memory"),
        (parse_memory, "-2G", "not an amount of memory"),
        (parse_memory, "2", "Did you mean 2G?"),
        (parse_memory, "2k", "least is 1 MiB"),
        (parse_memory, "9999P", "more than any machine"),
        (parse_duration, "soon", "not a duration"),
        (parse_duration, "-1", "not a duration"),
        (parse_duration, "1m1h", "not a duration"),
        (parse_duration, "1h x", "not a duration"),
        (parse_duration, "x 1h", "not a duration"),
        (parse_duration, "0", "above 0"),
        (parse_duration, "0s", "above 0"),
        (parse_duration, "400d", "366 days"),
    ],
)
def test_what_is_wrong_is_said(parse: Callable[..., object], text: object, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, "place")
    (problem,) = caught.value.problems
    assert problem.field == "place"
    assert sentence in problem.message


@given(st.integers(min_value=1, max_value=100_000))
def test_cores_read_what_they_write(tenths: int) -> None:
    cores = tenths / 10
    assert parse_cpu(format_cores(cores).split()[0]) == cores
    assert parse_cpu(cores) == cores
    assert parse_cpu(f"{tenths * 100}m") == cores


@given(st.integers(min_value=1 << 20, max_value=1 << 50))
def test_memory_reads_about_what_it_writes(size: int) -> None:
    assert parse_memory(str(size)) == size
    assert parse_memory(format_memory(size)) == pytest.approx(size, rel=0.01)


@given(
    st.integers(min_value=0, max_value=300),
    st.integers(min_value=0, max_value=23),
    st.integers(min_value=1, max_value=86_400_000),
)
def test_durations_add_up_their_parts(days: int, hours: int, milliseconds: int) -> None:
    text = f"{days}d{hours}h{milliseconds / 1000}s"
    wanted = days * 86_400 + hours * 3600 + milliseconds / 1000
    assert parse_duration(text) == pytest.approx(wanted, abs=0.001)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_cpu, parse_memory, parse_duration):
        try:
            assert parse(text) > 0
        except BadInput as error:
            assert "\n" not in error.problems[0].message


@pytest.mark.parametrize("parse", [parse_cpu, parse_memory, parse_duration])
def test_a_number_that_python_does_not_write_is_refused(parse: Callable[[object], object]) -> None:
    with pytest.raises(BadInput, match="int of too many digits"):
        parse(10**5000)
