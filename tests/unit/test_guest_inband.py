"""Records between text: told apart exactly, however the stream is cut, whatever it holds."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from longboat.guest import inband
from longboat.guest.inband import LONGEST, PIECE, Reader, Record, encode, pack, unpack

NONCE = "0123456789abcdef"
RECORD = Record(inband.MARK, 7, 1234, {})
RAW = encode(NONCE, RECORD)

numbers = st.integers(0, (1 << 53) - 1)
words = st.text('aé\x1e\n"\ud800', max_size=20)
field_values = st.none() | st.booleans() | st.integers(-10, 10) | words
records = st.builds(
    Record,
    st.sampled_from([inband.EVENT, inband.FILE, inband.END, "of tomorrow"]),
    numbers,
    numbers,
    st.dictionaries(st.sampled_from(["path", "data", "size", "last"]), field_values),
)
almost_records = st.sampled_from(
    [
        b"\x1e",
        b"\x1e\x1e",
        encode("f" * 16, RECORD),
        RAW[:-1],
        RAW[:20],
        RAW[1:],
        b'\x1e{"n":"0123456789abcdef",\n',
        b'\x1e{"n":"0123456789abcdef"}\n',
        b'\x1e{"n":"0123456789abcdef","s":-1,"o":0,"k":"mark"}\n',
        b'\x1e{"n":"0123456789abcdef","s":true,"o":0,"k":"mark"}\n',
        b'\x1e{"n":"0123456789abcdef","s":0,"o":0,"k":["mark"]}\n',
        b'\x1e{"n":"0123456789abcdef","s":' + b"[" * 4000 + b"\n",
        b'\x1e{"n":"0123456789abcdef",' + b" " * LONGEST + b"\n",
    ]
)
texts = st.lists(st.binary(max_size=30) | almost_records, max_size=4).map(b"".join)


def read(stream: bytes, cuts: list[int]) -> list[bytes | Record]:
    """Read a stream cut at these places, and join what is text side by side."""
    places = [0, *sorted(place % (len(stream) + 1) for place in cuts), len(stream)]
    reader = Reader(NONCE)
    pieces: list[bytes | Record] = []
    for start, end in pairwise(places):
        pieces += reader.feed(stream[start:end])
    joined: list[bytes | Record] = []
    for piece in [*pieces, reader.rest()]:
        if joined and isinstance(piece, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return joined


@given(
    st.lists(st.tuples(texts.map(lambda text: text + b"."), records), max_size=6),
    texts,
    st.lists(st.integers(0, 1 << 20), max_size=12),
)
@example([(b"half a line" + RAW[:-1] + b"x", RECORD)], RAW[:30], [3, 40, 41])
def test_any_text_with_records_in_it_is_read_exactly(parts, last, cuts):
    stream = b"".join(text + encode(NONCE, record) for text, record in parts) + last
    expected = [piece for part in parts for piece in part] + ([last] if last else [])
    assert read(stream, cuts) == expected


@given(texts, st.lists(st.integers(0, 1 << 20), max_size=12))
def test_what_only_looks_like_a_record_is_text(text, cuts):
    assert read(text, cuts) == ([text] if text else [])


def test_a_record_is_told_as_soon_as_it_is_whole():
    reader = Reader(NONCE)
    assert reader.feed(b"text" + RAW[:-1]) == [b"text"]
    assert reader.feed(b"\nmore") == [RECORD, b"more"]
    assert reader.rest() == b""


def test_text_is_not_held_back_without_need():
    reader = Reader(NONCE)
    assert reader.feed(b"a\x1eb") == [b"a\x1eb"]
    assert reader.feed(b'\x1e{"n":"another') == [b'\x1e{"n":"another']
    assert reader.feed(RAW[:3]) == []


def test_a_record_is_one_line_of_json_after_its_mark():
    record = Record(inband.FILE, 1, 2, {"path": "model/é\n\x1e", "size": 3})
    raw = encode(NONCE, record)
    assert raw[:1] == b"\x1e" and raw[-1:] == b"\n" and raw.count(b"\n") == 1
    assert raw.count(b"\x1e") == 1
    assert json.loads(raw[1:]) == {
        "n": NONCE,
        "s": 1,
        "o": 2,
        "k": "file",
        "path": "model/é\n\x1e",
        "size": 3,
    }


def test_a_part_of_the_largest_size_fits_into_a_record():
    data = bytes(PIECE)
    fields = {"data": pack(data), "last": False}
    raw = encode("f" * 64, Record(inband.PART, (1 << 53) - 1, (1 << 53) - 1, fields))
    assert len(raw) <= LONGEST
    assert unpack(fields["data"]) == data


def test_a_record_that_gets_too_long_is_refused():
    with pytest.raises(ValueError, match="longer than 4096"):
        encode(NONCE, Record(inband.LEFT, 0, 0, {"path": "x" * LONGEST}))


@given(st.binary(max_size=3 * PIECE))
def test_parts_put_together_are_the_whole(data):
    parts = list(inband.cut(data))
    assert parts and b"".join(parts) == data
    assert unpack("".join(map(pack, parts))) == data
