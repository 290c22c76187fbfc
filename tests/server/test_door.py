"""Nobody comes in who is not known: every route, the websocket, forged and foreign requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import websocket

from jupyter_process import TOKEN
from longboat.server.routes import ROUTES
from server_place import ServerPlace

OPENAPI = json.loads(
    (Path(__file__).parents[2] / "server_ext/longboat/server/openapi.json").read_text()
)
METHODS = ("get", "post", "delete")
CALLS = [
    (method.upper(), path.strip("/").format(job="jabcdefghi", name="digits", **{"try": "0a"}))
    for path, item in OPENAPI["paths"].items()
    for method in METHODS
    if method in item
]


def test_the_document_names_every_route_and_no_other() -> None:
    described = {
        (path.strip("/").replace("{job}", "*").replace("{name}", "*").replace("{try}", "*"), method)
        for path, item in OPENAPI["paths"].items()
        for method in METHODS
        if method in item
    }
    served = {
        (path.replace("([^/]+)", "*"), method)
        for path, handler in ROUTES.items()
        for method in METHODS
        if method in vars(handler)
    }
    assert described == served


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}])
def test_who_is_not_known_gets_nothing(
    server: ServerPlace, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = server.ask(method, f"longboat/api/{path}", b"{}", headers)
    assert answer.status == 403
    assert "jobs" not in str(answer.body)


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[0] != "GET"])
def test_a_cookie_alone_changes_nothing(server: ServerPlace, method: str, path: str) -> None:
    cookies = server.cookies()
    headers = {"Cookie": cookie_header(cookies)}
    answer = server.ask(method, f"longboat/api/{path}", b"{}", headers)
    assert answer.status == 403
    assert "_xsrf" in answer.body["message"]


def test_a_cookie_with_what_only_our_page_knows_is_enough(server: ServerPlace) -> None:
    cookies = server.cookies()
    headers = {"Cookie": cookie_header(cookies), "X-XSRFToken": cookies["_xsrf"]}
    assert server.ask("GET", "longboat/api/jobs", headers=headers).status == 200
    answer = server.ask("POST", "longboat/api/jobs", b"{}", headers)
    assert (answer.status, answer.body["field"]) == (422, "path")


def refused(server: ServerPlace, **named: object) -> int:
    with pytest.raises(websocket.WebSocketBadStatusException) as found:
        server.socket(**named)
    return int(found.value.status_code)


@pytest.mark.parametrize(
    "named",
    [
        {"suppress_origin": True},
        {"query": "?token=wrong", "suppress_origin": True},
        {"header": ["Authorization: token wrong"], "suppress_origin": True},
    ],
)
def test_the_websocket_is_for_who_is_known(server: ServerPlace, named: dict[str, object]) -> None:
    assert refused(server, **named) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_token_does_not_excuse_a_foreign_origin(server: ServerPlace, origin: str) -> None:
    assert refused(server, query=f"?token={TOKEN}", origin=origin) == 403
    cookies = cookie_header(server.cookies())
    assert refused(server, cookie=cookies, origin=origin) == 403


@pytest.mark.parametrize("way", ["query", "header", "cookie"])
def test_our_own_page_is_let_in(server: ServerPlace, way: str) -> None:
    named = {
        "query": {"query": f"?token={TOKEN}"},
        "header": {"header": [f"Authorization: token {TOKEN}"]},
        "cookie": {"cookie": cookie_header(server.cookies())},
    }[way]
    socket = server.socket(origin=f"http://{server.netloc}", **named)
    assert json.loads(socket.recv())["kind"] == "state"
    socket.close()


def test_answers_let_a_browser_load_nothing_from_elsewhere(server: ServerPlace) -> None:
    policy = server.api("GET", "jobs").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
