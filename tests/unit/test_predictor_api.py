"""The REST API over a real model: what is asked rightly, and everything that is not."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longboat.predictor.batching import Batcher, Outcome
from longboat.predictor.inputs import Call
from longboat.predictor.model import LoadedModel
from serving_tools import TOKEN, Predictor, running, send, wait_for

X = [1.0, 2.0, 3.0, 4.0]
LIMIT = 4 << 20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    folder = tmp_path_factory.mktemp("service")
    with running(folder, max_body=LIMIT, request_timeout=1.0) as predictor:
        (child,) = predictor.children
        yield predictor
        assert predictor.children == [child], "a request has killed the child"


def rows(instances: Any, **more: Any) -> dict[str, Any]:
    return {"instances": instances, **more}


MULTI = {"a": [1.0, 2.0], "b": 3, "c": True}

GOOD = [
    (rows([X]), {"predictions": [X]}),
    (rows([{"x": X}, {"x": X}]), {"predictions": [X, X]}),
    (rows([[1, 2, 3, 4]]), {"predictions": [X]}),
    ({"inputs": [X]}, {"outputs": [X]}),
    ({"inputs": {"x": [X]}, "signature_name": "serving_default"}, {"outputs": [X]}),
    (
        rows([MULTI, MULTI], signature_name="multi"),
        {"predictions": [{"back": True, "sum": 6.0}] * 2},
    ),
    (
        {"inputs": {"a": [[1, 2]], "b": [3], "c": [False]}, "signature_name": "multi"},
        {"outputs": {"back": [False], "sum": [6.0]}},
    ),
    (rows(["ö", {"b64": "AP8="}], signature_name="text"), None),
    ({"inputs": {"b64": "AP8="}, "signature_name": "text"}, 400),
    (
        {"inputs": {"seq": [[[1, 2, 3]], [[4, 5, 6]]], "by": 2}, "signature_name": "open"},
        {"outputs": [4.0, 10.0]},
    ),
]


@pytest.mark.parametrize(("body", "answer"), GOOD)
def test_answers_both_formats(served: Predictor, body: Any, answer: Any) -> None:
    got = served.ask(body)
    if answer == 400:
        assert got.status == 400
    elif answer is None:
        doubled = base64.b64encode(b"\x00\xff\x00\xff").decode()
        assert got.body == {"predictions": ["öö", {"b64": doubled}]}
    else:
        assert (got.status, got.body) == (200, answer)


BAD = [
    (b"", "body: It is empty"),
    (b"{", "body: It is not JSON"),
    (b"\xff\xfe", "body: It is not JSON"),
    (b'{"instances":[[NaN,1,1,1]]}', "no NaN"),
    (b'{"instances":[[Infinity,1,1,1]]}', "no NaN"),
    (b"[" * 100_000, "body: It is not JSON"),
    ([X], "must be an object"),
    ({}, 'either "instances"'),
    ({"instances": [X], "inputs": [X]}, "one of the two"),
    ({"instance": [X]}, "'instance': The body may only hold"),
    (rows([X], signature_name="nope"), "no signature of this model; it has: multi"),
    (rows([X], signature_name=3), "no signature"),
    (rows([]), "at least one instance"),
    (rows(None), "must be a list"),
    (rows({"x": X}), "must be a list"),
    (rows([1, 2, 3]), "input 'x': It wants float32 of shape (any, 4); it got shape (3)"),
    (rows(X), "it got shape (4)"),
    (rows([[1, 2, 3]]), "it got shape (1, 3)"),
    (rows([[X]]), "lists 3 or more deep"),
    (rows([X, [1, 2]]), "ragged lists: at depth 2 some have 2 elements and some 4"),
    (rows([X, 5]), "values stand beside lists"),
    (rows([[]]), "it got shape (1, 0)"),
    (rows([["1", "2", "3", "4"]]), "it got text"),
    (rows([[None, 1, 2, 3]]), "it got null"),
    (rows([[True, 1, 2, 3]]), "it got true or false"),
    (rows([[{}, 1, 2, 3]]), "it got objects"),
    (rows([[1e39, 1, 2, 3]]), "too large"),
    (rows([{"y": X}]), "Input 'x' is missing"),
    (rows([{"x": X, "z": 1}]), "'z' is no input"),
    (rows([{"x": X}, X]), "instances[1]: It must be an object"),
    ({"inputs": {"z": X}}, "'z' is no input"),
    ({"inputs": []}, "it got shape (0)"),
    (rows([{**MULTI, "b": 1.5}], signature_name="multi"), "numbers with a fraction"),
    (rows([{**MULTI, "b": 2**31}], signature_name="multi"), "2147483648, which is not between"),
    (rows([{**MULTI, "b": 2**70}], signature_name="multi"), "numbers with a fraction"),
    (rows([{**MULTI, "c": 1}], signature_name="multi"), "it got whole numbers"),
    (rows([MULTI, {"a": [1]}], signature_name="multi"), "Input 'b' is missing"),
    ({"inputs": [1], "signature_name": "multi"}, "must be an object with 'a', 'b', 'c'"),
    (
        {"inputs": {"a": [[1, 2]], "b": [3, 4], "c": [True]}, "signature_name": "multi"},
        "differ in their number of rows",
    ),
    (rows([{"b64": "%%"}], signature_name="text"), "not base64"),
    (rows([7], signature_name="text"), "it got whole numbers"),
    (rows([{"seq": [[1, 2, 3]], "by": 1}], signature_name="open"), "one value for the whole call"),
    ({"inputs": {"seq": [[]], "by": 1}, "signature_name": "open"}, "it got shape (1, 0)"),
    (
        {"inputs": {"seq": [[], []], "by": [1]}, "signature_name": "open"},
        "input 'by': It wants float32 of shape (); it got lists 1 or more deep",
    ),
    (rows([-1], signature_name="picky"), "refused these values: assertion failed: [not positive"),
    (rows(["x"], signature_name="number"), "refused these values: StringToNumberOp could not"),
    (rows([{"b64": "//4="}], signature_name="number"), "these values, which are not UTF-8"),
    (rows([[1, 2], [3, 4]], signature_name="share"), "no row for each instance"),
]


@pytest.mark.parametrize(("body", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_refuses_with_a_sentence(served: Predictor, body: Any, sentence: str) -> None:
    got = served.ask(body)
    assert got.status == 400
    assert sentence in got.body["error"]


ROUTES = [
    ("GET", "/healthz", None, 200),
    ("GET", "/v1/models/m", TOKEN, 200),
    ("GET", "/v1/models/m/versions/1", TOKEN, 200),
    ("GET", "/v1/models/m/versions/1/metadata", TOKEN, 200),
    ("GET", "/v1/models/m", None, 401),
    ("GET", "/v1/models/m", "wrong", 403),
    ("GET", "/nowhere", None, 401),
    ("GET", "/nowhere", TOKEN, 404),
    ("GET", "/v1/models/other", TOKEN, 404),
    ("GET", "/v1/models/m/versions/2", TOKEN, 404),
    ("GET", f"/v1/models/m/versions/{'9' * 5000}", TOKEN, 404),
    ("GET", "/v1/models/m/../m", TOKEN, 404),
    ("GET", "/v1/models/m:predict", TOKEN, 405),
    ("DELETE", "/v1/models/m", TOKEN, 405),
    ("HEAD", "/v1/models/m", TOKEN, 405),
    ("POST", "/healthz", None, 405),
    ("POST", "/v1/models/m:classify", TOKEN, 404),
]


@pytest.mark.parametrize(("method", "path", "token", "status"), ROUTES)
def test_routes(served: Predictor, method: str, path: str, token: str | None, status: int) -> None:
    got = served.ask(None, path, method, token)
    assert got.status == status
    if status == 405:
        assert got.headers["Allow"]
    if status == 401:
        assert got.headers["WWW-Authenticate"] == "Bearer"


def test_predict_at_every_address(served: Predictor) -> None:
    for path in ("", ":predict", "/versions/1:predict", "/versions/1"):
        assert served.ask(rows([X]), f"/v1/models/m{path}").body == {"predictions": [X]}
    assert served.ask(rows([X]), "/v1/models/m/versions/2:predict").status == 404


def test_status_and_metadata_as_tensorflow_serving_writes_them(served: Predictor) -> None:
    (version,) = served.ask(None, "/v1/models/m", "GET").body["model_version_status"]
    assert version == {
        "version": "1",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    metadata = served.ask(None, "/v1/models/m/metadata", "GET").body
    assert metadata["model_spec"] == {"name": "m", "signature_name": "", "version": "1"}
    definitions = metadata["metadata"]["signature_def"]["signature_def"]
    assert definitions["serving_default"]["inputs"]["x"] == {
        "name": "x",
        "dtype": "DT_FLOAT",
        "tensor_shape": {
            "dim": [{"size": "-1", "name": ""}, {"size": "4", "name": ""}],
            "unknown_rank": False,
        },
    }


def test_a_body_over_the_limit_is_refused_before_it_is_sent(served: Predictor) -> None:
    connection = served.connect()
    connection.putrequest("POST", "/v1/models/m:predict")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", str(100 << 20))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert str(LIMIT) in json.loads(response.read())["error"]
    connection.close()


def test_a_body_over_the_limit_that_is_sent_anyway(served: Predictor) -> None:
    assert served.ask(b" " * (3 * LIMIT)).status == 413
    chunks = iter([b" " * (1 << 20)] * 9)
    connection = served.connect()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    connection.request("POST", "/v1/models/m:predict", chunks, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def raw(served: Predictor, data: bytes, *more: bytes) -> bytes:
    """Send bytes as they are; gives all that comes until the other side closes."""
    record = served.record
    assert record is not None
    with socket.create_connection(("127.0.0.1", record.port), timeout=10) as connection:
        for part in (data, *more):
            connection.sendall(part)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


HEAD = (
    f"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"rubbish\r\n\r\n", 400),
        (HEAD + b"Content-Length: -5\r\n\r\n", 400),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", 431),
        (HEAD + b"Content-Length: 50\r\n\r\n{", 408),
        (HEAD, 408),
    ],
)
def test_what_is_not_quite_http(served: Predictor, data: bytes, status: int) -> None:
    assert raw(served, data).startswith(f"HTTP/1.1 {status} ".encode())


def test_curl_is_told_to_continue(served: Predictor) -> None:
    body = json.dumps(rows([X])).encode()
    head = HEAD + f"Content-Length: {len(body)}\r\nConnection: close\r\n".encode()
    answer = raw(served, head + b"Expect: 100-continue\r\n\r\n", body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_pipelined_requests_are_answered_in_order(served: Predictor) -> None:
    def request(value: int, close: bool) -> bytes:
        body = json.dumps(rows([[value] * 4])).encode()
        head = HEAD + f"Content-Length: {len(body)}\r\n".encode()
        return head + (b"Connection: close\r\n" if close else b"") + b"\r\n" + body

    bad = HEAD + b"Content-Length: 1\r\n\r\n{"
    answer = raw(
        served, request(1, False) + bad + b"".join(request(i, i == 200) for i in range(2, 201))
    )
    parts = answer.split(b"HTTP/1.1 ")[1:]
    assert len(parts) == 201
    assert parts[1].startswith(b"400")
    for value, part in enumerate([parts[0], *parts[2:]], 1):
        assert f"[{value}.0,{value}.0".encode() in part


def test_requests_that_come_together_each_get_their_own_answer(served: Predictor) -> None:
    def one(client: int) -> list[bool]:
        connection = served.connect()
        right = []
        for number in range(40):
            row = [float(client), float(number), 0.0, 1.0]
            if (client + number) % 7 == 0:
                right.append(send(connection, rows([row, [1]])).status == 400)
            else:
                sent = [row] * (1 + number % 3)
                right.append(send(connection, rows(sent)).body == {"predictions": sent})
        connection.close()
        return right

    with ThreadPoolExecutor(12) as pool:
        assert all(all(answers) for answers in pool.map(one, range(12)))


def test_one_bad_call_in_a_batch_fails_alone(served: Predictor) -> None:
    def one(size: int) -> int:
        return served.ask(rows([size], signature_name="picky")).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(one, [1, -1, 2, 3, -4, 5, 6, 7] * 5))
    assert statuses == [200, 400, 200, 200, 400, 200, 200, 200] * 5


class Stumbling:
    """Raises what no model should."""

    def run(self, signature: str, tensors: list[np.ndarray]) -> list[np.ndarray]:
        raise RuntimeError("not an error of TensorFlow's")


@pytest.mark.parametrize("rows_each", [None, 1])
def test_whoever_waits_is_answered_whatever_the_model_raises(rows_each: int | None) -> None:
    async def outcomes() -> list[Outcome]:
        loop, found = asyncio.get_running_loop(), list[Outcome]()
        batcher = Batcher(cast(LoadedModel, Stumbling()), loop, batch=True)
        for _ in range(3):
            batcher.submit(Call("s", [np.zeros((1, 2))], True, rows_each), found.append)
        await asyncio.sleep(0)
        return found

    assert [str(outcome) for outcome in asyncio.run(outcomes())] == [
        "The model failed: RuntimeError."
    ] * 3


def test_counts_and_latency_are_written(served: Predictor) -> None:
    before = wait_for(lambda: served.stats)
    for _ in range(20):
        served.ask(rows([X]))
    served.ask(rows([1]))
    served.ask(rows([X]), token="wrong")
    after = wait_for(lambda: (s := served.stats).requests >= before.requests + 22 and s)
    assert after.client_errors >= before.client_errors + 2
    assert after.server_errors == 0
    assert after.p50 is not None and after.p99 is not None
    assert 0 < after.p50 <= after.p99 < 10_000
    ok = after.requests - after.client_errors
    assert sum(after.buckets.values()) == ok


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["x", "b64", "a", "b", "seq", "by"]), inner, max_size=3)
    ),
    max_leaves=12,
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "instances": JSON | st.lists(st.lists(st.floats(width=32), min_size=4, max_size=4)),
        "inputs": JSON,
        "signature_name": st.sampled_from(["serving_default", "multi", "text", "open", "share"])
        | JSON,
    },
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODY | JSON | st.binary(max_size=40))
def test_no_body_kills_it(served: Predictor, body: Any) -> None:
    got = served.ask(body)
    assert got.status == 200 or (got.status == 400 and got.body["error"])


def test_a_client_that_never_reads_costs_nobody_else(served: Predictor) -> None:
    record = served.record
    assert record is not None
    with socket.create_connection(("127.0.0.1", record.port), timeout=0.2) as greedy:
        body = json.dumps(rows([X] * 2000)).encode()
        request = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        with pytest.raises(TimeoutError):
            for _ in range(2000):
                greedy.sendall(request)
        began = time.monotonic()
        assert served.ask(rows([X])).status == 200
        assert time.monotonic() - began < 5
