"""Services by HTTP: deployed, asked, reached behind the login, stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server_place import OWN, ServerPlace
from server_waits import until
from serving_tools import saved_models

X = {"instances": [[1.0, 2.0, 3.0, 4.0]]}


@pytest.fixture(scope="module")
def service(server: ServerPlace) -> Iterator[dict[str, Any]]:
    """A service that answers."""
    server.client.add_model("m", saved_models() / "v1")
    deployed = server.api("POST", "services", {"model": "m@1", "service": "scaled"})
    assert deployed.status == 201, deployed
    yield until(lambda: running(server), "the service answers", 120)
    assert server.api("DELETE", "services/scaled").status == 204
    until(lambda: server.api("GET", "services").body["services"] == [], "it is stopped")


def running(server: ServerPlace) -> dict[str, Any] | None:
    found: dict[str, Any] = server.api("GET", "services/scaled").body
    return found if found["state"] == "running" else None


def test_the_browser_is_not_told_where_its_token_lies(
    server: ServerPlace, service: dict[str, Any]
) -> None:
    assert service["model"] == "m"
    assert "token" not in str(service)
    assert "token" not in str(server.api("GET", "services").body)


def test_a_model_is_told_with_its_signature(server: ServerPlace, service: dict[str, Any]) -> None:
    models = server.api("GET", "models").body["models"]
    [model] = [each for each in models if each["name"] == "m"]
    assert model["version"] == 1
    assert model["signature"]["inputs"]


def test_a_models_versions_are_told_with_what_they_come_from(
    server: ServerPlace, service: dict[str, Any]
) -> None:
    found = server.api("GET", "models/m").body
    assert [version["version"] for version in found["versions"]] == [1]
    assert found["versions"][0]["lineage"] is None
    assert server.api("GET", "models/absent").status == 404


def test_it_is_asked_by_who_is_logged_in(server: ServerPlace, service: dict[str, Any]) -> None:
    answer = server.api("POST", "services/scaled/predict", X)
    assert answer.status == 200
    assert answer.body["predictions"]
    proxied = server.ask("POST", "longboat/services/scaled/v1/models/m:predict", X)
    assert (proxied.status, proxied.body) == (200, answer.body)
    about = server.ask("GET", "longboat/services/scaled/v1/models/m")
    assert about.status == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_not_known_reaches_no_service(
    server: ServerPlace, service: dict[str, Any], method: str, headers: dict[str, str]
) -> None:
    path = "longboat/services/scaled/v1/models/m"
    assert server.ask(method, path, b"{}" if method == "POST" else None, headers).status == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("services/scaled/predict", {"instances": "what"}, 422),
        ("services/scaled/predict", {}, 422),
        ("services/scaled/predict", b"no json", 422),
        ("services", {"model": "absent"}, 404),
        ("services", {"model": 5}, 422),
        ("services", {"model": "m@seven"}, 422),
        ("services", {"model": "m", "service": 7}, 422),
        ("services", {"model": "m", "service": "Not A Name"}, 422),
    ],
)
def test_what_is_wrong_is_said(
    server: ServerPlace, service: dict[str, Any], path: str, body: Any, status: int
) -> None:
    answer = server.api("POST", path, body)
    assert answer.status == status, answer
    assert answer.body["message"]
    assert "Traceback" not in str(answer.body)


def test_a_predictors_refusal_comes_through(server: ServerPlace, service: dict[str, Any]) -> None:
    path = "longboat/services/scaled/v1/models/m:predict"
    answer = server.ask("POST", path, {"instances": "what"}, OWN)
    assert answer.status == 400
    assert "error" in answer.body
    unknown = server.ask("GET", "longboat/services/absent/v1/models/absent")
    assert unknown.status == 404


def test_a_try_is_kept_asked_of_the_next_version_and_removed(
    server: ServerPlace, service: dict[str, Any]
) -> None:
    server.client.add_model("m", saved_models() / "v2")
    kept = server.api("POST", "services/scaled/keep", {"instance": X["instances"][0]})
    assert kept.status == 201, kept
    assert kept.body["version"] == 1
    assert server.api("GET", "models/m/tries").body == {"tries": [kept.body]}
    now = server.api("POST", "services/scaled/replay", {"version": 1}).body["differences"]
    assert [each["verdict"] for each in now] == ["same"]
    asked = server.api("POST", "services/scaled/replay", {"version": 2})
    assert asked.status == 200, asked
    [difference] = asked.body["differences"]
    assert difference["then"] == kept.body["answer"]
    assert difference["now"] != difference["then"]
    assert running(server), "it answers with the old version still"
    until(lambda: len(server.api("GET", "services").body["services"]) == 1, "only it is left")
    gone = f"models/m/tries/{kept.body['id']}"
    assert server.api("DELETE", gone).status == 204
    assert server.api("DELETE", gone).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("services/scaled/keep", {}, 422),
        ("services/scaled/keep", {"instance": "what"}, 422),
        ("services/absent/keep", {"instance": 1}, 404),
        ("services/scaled/replay", {}, 422),
        ("services/scaled/replay", {"version": True}, 422),
        ("services/scaled/replay", {"version": 99}, 404),
    ],
)
def test_what_cannot_be_kept_or_asked_is_said(
    server: ServerPlace, service: dict[str, Any], path: str, body: Any, status: int
) -> None:
    answer = server.api("POST", path, body)
    assert answer.status == status, answer
    assert answer.body["message"]
