"""The stream of a pod's log: cut anywhere on its way, its lines come out as they were written."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_server import PODS, Server, serving, status, until

from longboat.backends.kubernetes.api.access import Access, NoLogYet
from longboat.backends.kubernetes.api.log_lines import NO_TIME, nanoseconds, stamped, whole_second
from longboat.backends.kubernetes.api.stream import lines_in
from longboat.errors import NotFound, Unavailable

SECOND = 10**9
T0 = 1_795_000_000 * SECOND
"""A moment of November 2026."""

zones = st.one_of(st.none(), st.integers(-14 * 60, 14 * 60))
texts = st.binary(max_size=40).map(lambda text: text.replace(b"\n", b" "))
moments = st.integers(0, 2**61)
times = st.lists(st.integers(T0, T0 + 3 * SECOND), max_size=12)


def stamp(at: int, minutes: int | None = None) -> bytes:
    """A time as the kubelet writes it, in UTC or in a zone of its own."""
    zone = UTC if minutes is None else timezone(timedelta(minutes=minutes))
    # In parts: a float cannot hold nanoseconds since 1970.
    second = datetime.fromtimestamp(at // SECOND, zone)
    offset = "Z" if minutes is None else second.strftime("%z")
    offset = offset if minutes is None else f"{offset[:3]}:{offset[3:5]}"
    return f"{second:%Y-%m-%dT%H:%M:%S}.{at % SECOND:09}{offset}".encode()


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[tuple[int, bytes]], bytes]:
    """Lines, and the body in which the API sends them; the last one may have no newline."""
    zone = draw(zones)
    lines = [(at, draw(texts) + b"\n") for at in sorted(draw(times))]
    if lines and draw(st.booleans()):
        at, text = lines.pop()
        lines.append((at, text[:-1]))
    return lines, b"".join(stamp(at, zone) + b" " + text for at, text in lines)


@st.composite
def cut(draw: st.DrawFn, body: bytes) -> list[bytes]:
    """The body in pieces, none of them empty."""
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(body) - 1)))))
    places = [0, *(place for place in cuts if place < len(body)), len(body)]
    return [body[start:end] for start, end in pairwise(places) if start < end]


@given(st.data())
def test_any_cutting_of_the_stream_gives_the_same_lines(data: st.DataObject) -> None:
    lines, body = data.draw(logs())
    assert list(stamped(lines_in(data.draw(cut(body))))) == lines


@given(st.data())
def test_only_lines_from_the_moment_asked_for_on_are_given(data: st.DataObject) -> None:
    lines, body = data.draw(logs())
    since = data.draw(st.integers(T0, T0 + 3 * SECOND))
    expected = [(at, text) for at, text in lines if at >= since]
    assert list(stamped(lines_in([body] if body else []), since)) == expected


@given(texts.filter(lambda text: nanoseconds(text.partition(b" ")[0]) == NO_TIME))
def test_the_rest_of_a_line_that_began_before_is_left_out(rest: bytes) -> None:
    body = rest + b"\n" + stamp(T0) + b" whole\n"
    assert list(stamped(lines_in([body]))) == [(T0, b"whole\n")]


@given(moments, zones)
def test_times_are_read_to_the_nanosecond_in_every_zone(at: int, zone: int | None) -> None:
    assert nanoseconds(stamp(at, zone)) == at


@given(st.binary(max_size=40))
def test_no_bytes_are_too_strange_to_be_no_time(data: bytes) -> None:
    assert nanoseconds(data) >= NO_TIME


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1970-01-01T00:00:01Z", SECOND),
        (b"1970-01-01T00:00:01.5Z", SECOND + SECOND // 2),
        (b"1970-01-01T01:30:00.000000001+01:30", 1),
        (b"1970-13-01T00:00:01Z", NO_TIME),
        (b"1970-01-01T00:00:01", NO_TIME),
        (b"", NO_TIME),
    ],
)
def test_times_of_rfc_3339_are_read(text: bytes, expected: int) -> None:
    assert nanoseconds(text) == expected


def test_the_second_asked_for_is_the_one_in_which_the_moment_lies() -> None:
    assert whole_second(SECOND + 999_999_999) == "1970-01-01T00:00:01Z"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def access(server: Server, tmp_path: Path) -> Access:
    return Access(server.kubeconfig(tmp_path))


def test_every_byte_comes_through(server: Server, access: Access) -> None:
    text = bytes(range(256)).replace(b"\n", b"") * 400  # a line of 100 kB
    body = b"".join(stamp(T0 + n) + b" " + line for n, line in enumerate((text + b"\n", b"\n")))
    body += stamp(T0 + 2) + b" no newline"
    server.log = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    expected = [(T0, text + b"\n"), (T0 + 1, b"\n"), (T0 + 2, b"no newline")]
    assert list(access.log_lines("pod", since_ns=T0)) == expected
    asked = {"timestamps": "true", "follow": "true", "sinceTime": whole_second(T0)}
    assert server.requests[-1][2] == asked


def waiting(server: Server) -> threading.Event:
    """Have the server send one line and half of another, and then nothing until told."""
    go_on = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield stamp(T0) + b" whole\n" + stamp(T0 + 1) + b" hal"
        go_on.wait(10)
        yield b"f\n"

    server.log = chunks()
    return go_on


def test_a_line_is_given_before_the_next_one_comes(server: Server, access: Access) -> None:
    go_on = waiting(server)
    lines = iter(access.log_lines("pod"))
    assert next(lines) == (T0, b"whole\n")
    go_on.set()
    assert list(lines) == [(T0 + 1, b"half\n")]


def test_close_ends_the_reading_of_another_thread(server: Server, access: Access) -> None:
    go_on = waiting(server)
    stream = access.log_lines("pod")
    read: list[tuple[int, bytes]] = []

    def follow() -> None:
        for line in stream:
            read.append(line)

    reader = threading.Thread(target=follow)
    reader.start()
    until(lambda: read, "the first line")
    stream.close()
    reader.join(2)
    assert not reader.is_alive()
    assert read == [(T0, b"whole\n")]  # a part of a line is never given as one
    go_on.set()


def test_a_connection_that_breaks_is_told_and_gives_no_half_line(
    server: Server, access: Access
) -> None:
    go_on = waiting(server)
    read: list[tuple[int, bytes]] = []

    def follow() -> None:
        for line in access.log_lines("pod"):
            read.append(line)
            server.stop()

    with pytest.raises(Unavailable, match="cannot be reached"):
        follow()
    assert read == [(T0, b"whole\n")]
    go_on.set()


def test_a_log_that_is_silent_for_long_is_given_up_without_a_word(
    server: Server, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    from longboat.backends.kubernetes.api import access as module

    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.2)
    go_on = waiting(server)
    assert list(access.log_lines("pod")) == [(T0, b"whole\n")]
    go_on.set()


def test_a_stream_that_is_over_can_be_closed(server: Server, access: Access) -> None:
    server.log = [stamp(T0) + b" all\n"]
    stream = access.log_lines("pod")
    assert list(stream) == [(T0, b"all\n")]
    stream.close()
    assert list(access.log_lines("pod")) == [(T0, b"all\n")]


def test_a_node_that_does_not_know_its_pod_yet_is_no_proof_that_the_pod_is_gone(
    server: Server, access: Access
) -> None:
    unknown = status(404, "NotFound", "the server could not find the requested resource")
    server.replies["GET", f"{PODS}/pod/log"] = (404, json.dumps(unknown).encode())
    with pytest.raises(NotFound):
        access.log_lines("pod")
    server.replies["GET", f"{PODS}/pod"] = (200, b'{"metadata": {"name": "pod"}}')
    with pytest.raises(NoLogYet):
        access.log_lines("pod")
