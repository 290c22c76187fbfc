"""What peers say to each other, read from anybody's bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.guest import hello

HELLOS = st.builds(
    hello.Hello,
    job=st.text(max_size=40),
    replica=st.text(max_size=20),
    attempt=st.integers(0, 10**6),
    unresolved=st.lists(st.text(max_size=20), max_size=16).map(tuple),
    leaving=st.booleans(),
)
ANSWERS = st.builds(
    hello.Answer,
    word=st.sampled_from(["waiting", "go", "over", "refused"]),
    missing=st.dictionaries(st.text(), st.text()),
    attempt=st.integers(0, 10**6),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(HELLOS)
def test_a_hello_is_read_as_it_was_written(said):
    line = hello.write_hello(said)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert hello.parse_hello(line[:-1]) == said


@given(ANSWERS)
def test_an_answer_is_read_as_it_was_written(answer):
    line = hello.write_answer(answer)
    assert line.count(b"\n") == 1
    assert hello.parse_answer(line[:-1]) == answer


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_strangers_bytes_are_nobodys(data):
    assert hello.parse_hello(data) is None
    assert hello.parse_answer(data) is None


@given(HELLOS, st.sampled_from(["job", "replica", "attempt", "unresolved", "leaving"]), JSON)
def test_a_field_of_another_type_spoils_a_hello(said, field, value):
    fields = json.loads(hello.write_hello(said))
    kept = type(value) is type(fields[field])
    fields[field] = value
    if not kept:
        assert hello.parse_hello(json.dumps(fields).encode()) is None


def test_deep_nesting_is_nobodys():
    assert hello.parse_hello(b"[" * 100_000) is None


def test_many_unresolved_names_stay_under_the_limit():
    names = tuple(f"worker-{index}" for index in range(10_000))
    assert len(hello.write_hello(hello.Hello("j" * 64, "worker-1", 1, names))) < hello.HELLO_LIMIT


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), min_size=1), st.data())
def test_lines_do_not_depend_on_how_the_bytes_arrive(lines, data):
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    reader, found = hello.Lines(20), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert found == lines


@pytest.mark.parametrize("data", [b"x" * 21, b"x" * 21 + b"\n", b"ok\n" + b"x" * 21])
def test_an_overlong_line_is_refused_with_or_without_its_end(data):
    with pytest.raises(hello.Overlong):
        hello.Lines(20).feed(data)
