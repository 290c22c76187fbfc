"""Wrong requests to a real service: over HTTP, by the command line and from Python."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from badinput.place import processes, records
from badinput.sentences import complaint
from longboat import errors
from longboat.api import Client
from longboat.cli.main import run
from longboat.errors import BadInput, LongboatError, TooLarge
from longboat.predictor import control
from longboat.records.layout import Home

GOOD = [[1, 2, 3, 4]]
PREDICT = "/v1/models/m:predict"
LIVE = frozenset({control.STATS, control.PREDICTOR, control.LOG, "status.json"})
"""What a service writes by itself while it answers, well or not."""
HUGE = 100 * 10**6
RIGHT, WRONG = "right", "wrong"


class Wrong(NamedTuple):
    """A request, and its answer."""

    what: str
    body: Any
    status: int
    pattern: str
    method: str = "POST"
    path: str = PREDICT
    token: str | None = RIGHT
    headers: tuple[tuple[str, str], ...] = ()


def rows(*instances: Any, **more: Any) -> dict[str, Any]:
    return {"instances": list(instances), **more}


WRONGS = [
    Wrong("rank too high", rows([[1, 2, 3, 4]]), 400, r"input 'x': .*it got lists 3 or more deep"),
    Wrong("rank too low", rows(1, 2), 400, r"shape \(any, 4\); it got shape \(2\)"),
    Wrong("scalar", {"inputs": 1}, 400, r"it got shape \(\)"),
    Wrong("shape", rows([1, 2, 3]), 400, r"float32 of shape \(any, 4\); it got shape \(1, 3\)"),
    Wrong("ragged", rows([1, 2, 3, 4], [1]), 400, "ragged lists: at depth 2"),
    Wrong("mixed depth", rows([1, 2, 3, [4]]), 400, "values stand beside lists"),
    Wrong("no instance", rows(), 400, "a list with at least one instance"),
    Wrong("empty instance", rows([]), 400, "it got shape|an empty one"),
    Wrong("texts", rows(["1", "2", "3", "4"]), 400, "it got text"),
    Wrong("booleans", rows([True, 1, 1, 1]), 400, "it got true or false"),
    Wrong("null", rows([None, 1, 1, 1]), 400, "it got null"),
    Wrong("too large a number", rows([1e300, 1, 1, 1]), 400, "too large for it"),
    Wrong("fraction", rows({"a": [1, 2], "b": 1.5}, signature_name="two"), 400, "with a fraction"),
    Wrong(
        "over 32 bits",
        rows({"a": [1, 2], "b": 2**40}, signature_name="two"),
        400,
        "not between -2147483648 and 2147483647",
    ),
    Wrong(
        "wrong name", rows({"y": [1, 2, 3, 4]}), 400, "(?s)Input 'x' is missing.*'y' is no input"
    ),
    Wrong("missing input", rows({"a": [1, 2]}, signature_name="two"), 400, "'b' is missing"),
    Wrong("not named", rows([1, 2], signature_name="two"), 400, "an object with 'a', 'b'"),
    Wrong(
        "rows differ",
        {"inputs": {"a": [[1, 2]], "b": [1, 2]}, "signature_name": "two"},
        400,
        "differ in their number of rows: 'a' 1, 'b' 2; send the same",
    ),
    Wrong("wrong signature", rows([1, 2, 3, 4], signature_name="no"), 400, "it has: .*two"),
    Wrong("signature a number", rows([1], signature_name=1), 400, "is no signature"),
    Wrong("both", {"instances": GOOD, "inputs": GOOD}, 400, "one of the two"),
    Wrong("neither", {}, 400, 'Send either "instances"'),
    Wrong("unknown key", rows([1, 2, 3, 4], batch=1), 400, "'batch': The body may only hold"),
    Wrong("a bare list", GOOD, 400, "must be an object such as"),
    Wrong("a number", 3, 400, "must be an object such as"),
    Wrong("empty", b"", 400, "It is empty; send JSON such as"),
    Wrong("cut off", b'{"instances": [[1, 2', 400, "not JSON"),
    Wrong("NaN", b'{"instances": [[NaN, 1, 1, 1]]}', 400, "JSON knows no NaN"),
    Wrong("Infinity", b'{"instances": [[-Infinity, 1, 1, 1]]}', 400, "JSON knows no NaN"),
    Wrong("not UTF-8", b"\xff\xfe\x00", 400, "not JSON"),
    Wrong("a picture", b"\x89PNG\r\n\x1a\n" + bytes(1000), 400, "not JSON"),
    Wrong("a form", b"instances=1", 400, "not JSON"),
    Wrong("deep", b'{"instances": ' + b"[" * 100_000, 400, "not JSON"),
    Wrong("deep and closed", b'{"instances": ' + b"[" * 500 + b"]" * 500 + b"}", 400, "deep|empty"),
    Wrong("no token", rows(*GOOD), 401, "wants its token: send the header", token=None),
    Wrong("wrong token", rows(*GOOD), 403, "not the service's token", token=WRONG),
    Wrong(
        "another scheme",
        rows(*GOOD),
        401,
        "Authorization: Bearer",
        token=None,
        headers=(("Authorization", "Basic YTpi"),),
    ),
    Wrong("GET", None, 405, "GET is not allowed here, only POST", "GET"),
    Wrong("PUT", rows(*GOOD), 405, "PUT is not allowed here, only POST", "PUT"),
    Wrong("DELETE", None, 405, "DELETE is not allowed here", "DELETE", "/v1/models/m"),
    Wrong(
        "another model", rows(*GOOD), 404, "is not served here. Ask", path="/v1/models/n:predict"
    ),
    Wrong(
        "another version", rows(*GOOD), 404, "not served", path="/v1/models/m/versions/9:predict"
    ),
    Wrong("classify", rows(*GOOD), 404, "is not served here", path="/v1/models/m:classify"),
    Wrong("root", None, 404, "is not served here", "GET", "/"),
    Wrong("upwards", None, 404, "is not served here", "GET", "/v1/models/../../etc/passwd"),
    Wrong("100 MB", HUGE, 413, r"over 33554432 bytes; send fewer instances"),
]

CLI = [
    ("rank", "input 'x'", "3 or more deep"),
    ("shape", "input 'x'", r"it got shape \(1, 3\)"),
    ("dtype", "input 'x'", "it got text"),
    ("ragged", "input 'x'", "ragged"),
    ("null", "input 'x'", "it got null"),
    ("none", "instances", "at least one instance"),
    ("name", "instances[0]", "'y' is no input"),
    ("both", "body", "one of the two"),
    ("neither", "body", 'either "instances"'),
    ("signature", "signature_name", "'other' is no signature"),
    ("nan", "instances", "hold a NaN.* send lists of finite numbers"),
    ("number", "input", "must hold a list of instances"),
    ("text", "input", "must hold a list of instances"),
    ("half", "input", "not JSON"),
    ("empty", "input", "not JSON"),
    ("binary", "input", "not JSON"),
    ("deep", "input", "not JSON"),
]

LOOP: list[Any] = []
LOOP.append(LOOP)
PYTHON: list[tuple[Any, str, str]] = [
    ([[1, 2, 3]], "input 'x'", r"it got shape \(1, 3\)"),
    ([[[1, 2, 3, 4]]], "input 'x'", "3 or more deep"),
    (1, "instances", "at least one instance"),
    ([["a"] * 4], "input 'x'", "it got text"),
    ([[float("nan")] * 4], "instances", "hold a NaN, an infinity"),
    ([[float("inf")] * 4], "instances", "hold a NaN, an infinity"),
    (LOOP, "instances", "or themselves"),
    ([1j], "instances", "of type complex is neither a number, text, list nor array"),
    ({"instance": [[1, 2, 3, 4]]}, "'instance'", "may only hold"),
    (b"", "body", "It is empty"),
    (b"{", "body", "not JSON"),
    ([{"x": [1, 2, 3, 4]}, {}], "instances[1]", "'x' is missing"),
]


@pytest.fixture(scope="module")
def before(serving: Home) -> dict[str, Any]:
    return state(serving)


@pytest.fixture
def steady(serving: Home, before: dict[str, Any], here: Path, monkeypatch: Any) -> Any:
    """The home, in which afterwards all is as before, the predictor's processes included."""
    monkeypatch.setenv("LONGBOAT_HOME", str(serving.path))
    yield serving
    assert state(serving) == before


def state(home: Home) -> dict[str, Any]:
    return {"records": records(home, LIVE), "processes": processes(home)}


def ask(home: Home, wrong: Wrong) -> tuple[int, Any]:
    service = Client(home.path).service("m").to_dict()
    token = {RIGHT: Path(service["token_file"]).read_text(), WRONG: "x" * 43}
    headers = dict(wrong.headers)
    if wrong.token is not None:
        headers["Authorization"] = f"Bearer {token[wrong.token]}"
    connection = http.client.HTTPConnection(urlsplit(service["url"]).netloc, timeout=20)
    try:
        send(connection, wrong, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def send(connection: http.client.HTTPConnection, wrong: Wrong, headers: dict[str, str]) -> None:
    """Send it whole; of a huge one the beginning, as its answer does not wait for the rest."""
    if wrong.body is HUGE:
        headers["Content-Length"] = str(HUGE)
        connection.request(wrong.method, wrong.path, b"[" * 1000, headers)
        return
    plain = wrong.body is None or isinstance(wrong.body, bytes)
    body = wrong.body if plain else json.dumps(wrong.body).encode()
    connection.request(wrong.method, wrong.path, body, headers)


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: wrong.what)
def test_http_tells_it_and_the_service_goes_on(wrong: Wrong, steady: Home) -> None:
    status, answer = ask(steady, wrong)
    assert (status, list(answer)) == (wrong.status, ["error"])
    assert re.search(wrong.pattern, answer["error"]), answer["error"]
    assert not complaint(answer["error"])
    assert Client(steady.path).service("m").predict(GOOD) == {"predictions": [[2, 4, 6, 8]]}


@pytest.mark.parametrize(("body", "field", "pattern"), CLI)
def test_the_command_line_tells_it(
    body: str, field: str, pattern: str, steady: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", "m", "--json", "--input", f"bodies/{body}.json"]) == 2
    text = capsys.readouterr()
    error = json.loads(text.err)["error"]
    assert text.out == "" and not complaint(error["message"])
    assert issubclass(getattr(errors, error["type"]), LongboatError)
    assert field in {problem["field"] for problem in error["problems"]}
    assert re.search(pattern, error["message"]), error["message"]
    assert run(["predict", "m", "--input", f"bodies/{body}.json"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(("value", "field", "pattern"), PYTHON, ids=lambda value: repr(value)[:40])
def test_python_raises_it(value: Any, field: str, pattern: str, steady: Home) -> None:
    with pytest.raises(BadInput) as caught:
        Client(steady.path).service("m").predict(value)
    found = {problem.field: problem.message for problem in caught.value.problems}
    assert re.search(pattern, found[field])
    assert not any(map(complaint, found.values()))


def test_a_real_process_tells_it_without_a_traceback(steady: Home) -> None:
    code = "from longboat.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "predict", "m"],
        input='{"instances": [[1, 2]]}',
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "it got shape (1, 2)" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("size", [HUGE, 40 * 10**6])
def test_a_huge_body_is_refused_before_it_has_arrived(size: int, steady: Home) -> None:
    with pytest.raises(TooLarge, match="send fewer instances at a time"):
        Client(steady.path).service("m").predict(b"[" * size)


def test_a_huge_file_is_refused_before_it_is_read_whole(
    steady: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(HUGE + 1)
    assert run(["predict", "m", "--input", str(tmp_path / "huge.json"), "--json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["type"] == "TooLarge" and "send fewer instances at once" in error["message"]


def test_an_undeployed_service_says_so(
    serving: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(serving.path))
    assert run(["predict", "n", "--json", "--input", "bodies/good.json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error == {
        "type": "NotFound",
        "message": "There is no service 'n'; deployed: m.",
        "problems": [],
    }
