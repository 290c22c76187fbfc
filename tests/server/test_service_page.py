"""The page of a service: behind the login, with nothing from elsewhere."""

from __future__ import annotations

import pytest

from server_place import BASE, ServerPlace
from serving_tools import saved_models

PATHS = ("longboat/try/paged", "longboat/page/try.js", "longboat/page/try.css")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}])
def test_who_is_not_known_is_sent_to_log_in(
    server: ServerPlace, path: str, headers: dict[str, str]
) -> None:
    answer = server.ask("GET", path, headers=headers)
    assert answer.status == 302
    assert answer.headers["Location"].startswith(f"{BASE}login?next=")
    assert not answer.body


def test_an_unknown_service_is_a_page_that_says_which_there_are(server: ServerPlace) -> None:
    for name in ("absent", "%3Cscript%3E", "Not%20A%20Name"):
        answer = server.ask("GET", f"longboat/try/{name}")
        assert answer.status == 404
        assert "text/html" in answer.headers["Content-Type"]
        assert "There is no service" in answer.body
        assert "deployed: none" in answer.body
        assert "<script" not in answer.body


def test_it_loads_from_this_server_alone(server: ServerPlace) -> None:
    server.client.add_model("paged", saved_models() / "v1")
    service = server.client.deploy("paged@1", "paged", wait=False)
    try:
        answer = server.ask("GET", "longboat/try/paged")
        assert answer.status == 200
        assert 'data-service="paged"' in answer.body
        assert f'src="{BASE}longboat/page/try.js"' in answer.body
        assert "http" not in answer.body
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "unsafe" not in policy
        assert "_xsrf=" in answer.headers["Set-Cookie"]
    finally:
        service.undeploy()


@pytest.mark.parametrize(("name", "kind"), [("try.js", "javascript"), ("try.css", "css")])
def test_what_it_loads_is_given(server: ServerPlace, name: str, kind: str) -> None:
    answer = server.ask("GET", f"longboat/page/{name}")
    assert answer.status == 200
    assert kind in answer.headers["Content-Type"]


@pytest.mark.parametrize("name", ["page.py", "..%2Fpage.py", "try.js%2F..%2F..%2Fpage.py"])
def test_no_other_file_is(server: ServerPlace, name: str) -> None:
    assert server.ask("GET", f"longboat/page/{name}").status == 404
