"""Watched against a server that speaks list and watch, and misbehaves as real ones do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes_server import PODS, Server, serving, status, until

from longboat.backends.kubernetes.api import kinds
from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.watched import Watched

Watch = Callable[..., Watched]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def watch(server: Server, tmp_path: Path) -> Iterator[Watch]:
    """Makes a Watched of the server's pods, and closes it in the end."""
    made: list[Watched] = []

    def make(*, user: dict[str, Any] | None = None, synced: bool = True, **options: Any) -> Watched:
        access = Access(server.kubeconfig(tmp_path, **user or {}))
        on_change = options.pop("on_change", lambda: None)
        made.append(Watched(access, kinds.PODS, "app=x", on_change, **options))
        assert not synced or made[-1].wait_synced(5)
        return made[-1]

    yield make
    for each in made:
        each.close()


def values(watched: Watched) -> dict[str, Any]:
    return {name: item["value"] for name, item in watched.objects().items()}


def becomes(watched: Watched, expected: dict[str, Any]) -> None:
    until(lambda: values(watched) == expected, f"{expected}, not {values(watched)}")


def has_contact(watched: Watched) -> None:
    until(lambda: watched.stale_since is None and watched.trouble is None, "contact")


def test_knows_what_was_there_and_what_changes(server: Server, watch: Watch) -> None:
    server.store.put("a", value=1)
    server.store.put("b", value=1)
    watched = watch()
    assert values(watched) == {"a": 1, "b": 1}
    server.store.put("a", value=2)
    server.store.put("c", value=1)
    server.store.delete("b")
    becomes(watched, {"a": 2, "c": 1})
    assert server.lists() == 1
    assert all(query["labelSelector"] == "app=x" for _, _, query in server.requests)


def test_a_list_in_many_pages_is_read_whole(server: Server, watch: Watch) -> None:
    for number in range(201):
        server.store.put(f"pod-{number}", value=number)
    assert len(watch().objects()) == 201
    assert server.lists() == 3


def test_each_change_is_told_after_it_can_be_seen(server: Server, watch: Watch) -> None:
    seen: list[dict[str, Any]] = []
    ready = threading.Event()

    def look() -> None:
        if ready.wait(5):
            seen.append(values(watched))

    watched = watch(on_change=look)
    ready.set()
    until(lambda: seen == [{}], "the first call")
    server.store.put("a", value=1)
    until(lambda: seen == [{}, {"a": 1}], "the second call")


def test_what_nobody_needs_is_not_kept(server: Server, watch: Watch) -> None:
    server.store.put("a", value=1)
    watched = watch()
    server.store.put("b", value=1)
    becomes(watched, {"a": 1, "b": 1})
    kept = [item["metadata"] for item in watched.objects().values()]
    assert [sorted(metadata) for metadata in kept] == [["name", "resourceVersion"]] * 2


def test_the_caller_says_what_is_kept(server: Server, watch: Watch) -> None:
    server.store.put("a", value=1)
    watched = watch(trim=lambda item: {"metadata": item["metadata"], "value": -item["value"]})
    server.store.put("b", value=2)
    becomes(watched, {"a": -1, "b": -2})


def test_a_watch_that_ends_is_begun_again_where_it_was(server: Server, watch: Watch) -> None:
    watched = watch()
    server.store.put("a", value=1)
    becomes(watched, {"a": 1})
    version = str(server.store.version)
    server.end_watches()
    until(lambda: server.watches_from()[-1] == version, "a watch from where the last one was")
    server.store.put("b", value=1)
    becomes(watched, {"a": 1, "b": 1})
    assert server.lists() == 1


def test_bookmarks_say_where_to_go_on_and_are_no_change(server: Server, watch: Watch) -> None:
    calls: list[None] = []
    watched = watch(on_change=lambda: calls.append(None))
    until(lambda: len(calls) == 1, "the first call")
    server.store.bookmark()
    server.store.put("a", value=1)
    until(lambda: len(calls) == 2, "the second call")
    assert values(watched) == {"a": 1}
    version = str(server.store.bookmark())

    def goes_on_from_the_bookmark() -> bool:
        server.end_watches()
        return server.watches_from()[-1] == version

    until(goes_on_from_the_bookmark, "a watch from the bookmark")
    assert server.lists() == 1


@pytest.mark.parametrize("as_event", [False, True], ids=["HTTP status", "event"])
def test_what_the_server_has_forgotten_is_listed_anew(
    server: Server, watch: Watch, as_event: bool
) -> None:
    server.store.put("a", value=1)
    server.store.put("b", value=1)
    troubles: list[Exception | None] = []
    made: list[Watched] = []
    made.append(watch(on_change=lambda: troubles.extend(each.trouble for each in made)))
    (watched,) = made
    server.gone_as_event = as_event
    server.frozen = True  # the watch sees nothing of this
    server.store.delete("a")
    server.store.put("b", value=2)
    server.store.put("c", value=1)
    server.store.compact()
    server.frozen = False
    server.end_watches()
    becomes(watched, {"b": 2, "c": 1})
    until(lambda: server.watches_from()[-1] == str(server.store.version), "a watch from the list")
    has_contact(watched)
    assert server.lists() == 2
    assert not any(troubles)


def test_while_the_server_is_away_the_last_objects_stay(server: Server, watch: Watch) -> None:
    server.store.put("a", value=1)
    server.store.put("b", value=1)
    calls: list[None] = []
    watched = watch(on_change=lambda: calls.append(None))
    assert watched.stale_since is None
    before = time.time()
    server.stop()
    since = until(lambda: watched.stale_since, "the loss of contact")
    assert before <= since <= time.time()
    server.store.delete("a")
    told = len(calls)
    until(lambda: len(calls) >= told + 2, "further tries")
    assert "cannot be reached" in str(watched.trouble)
    assert values(watched) == {"a": 1, "b": 1}
    assert watched.stale_since == since
    assert watched.synced
    server.start()
    becomes(watched, {"b": 1})
    has_contact(watched)


def test_a_server_that_comes_later_is_found(server: Server, watch: Watch) -> None:
    server.stop()
    watched = watch(synced=False)
    until(lambda: watched.trouble, "trouble")
    assert not watched.synced
    assert watched.stale_since is not None
    server.start()
    assert watched.wait_synced(5)


def test_a_token_that_is_replaced_is_read_again(
    server: Server, watch: Watch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    server.token = "first"
    watched = watch(user={"tokenFile": str(token)})
    server.token = "second"
    server.end_watches()
    assert "credentials" in str(until(lambda: watched.trouble, "the refusal"))
    token.write_text("second\n")
    server.store.put("a", value=1)
    becomes(watched, {"a": 1})
    has_contact(watched)


def test_a_connection_that_died_silently_is_given_up(server: Server, watch: Watch) -> None:
    watched = watch(watch_seconds=1)
    server.frozen = True
    until(lambda: watched.stale_since, "doubt")
    assert "too long" in str(watched.trouble)
    server.store.put("a", value=1)
    becomes(watched, {"a": 1})  # a list tells, though no watch does


def test_who_may_not_watch_is_told_and_tries_on(server: Server, watch: Watch) -> None:
    refusal = status(403, "Forbidden", 'pods is forbidden: User "x" cannot list resource "pods"')
    server.replies["GET", PODS] = (403, json.dumps(refusal).encode())
    watched = watch(synced=False)
    assert isinstance(until(lambda: watched.trouble, "the refusal"), Refused)
    assert not watched.wait_synced(0)
    del server.replies["GET", PODS]
    assert watched.wait_synced(5)


def test_an_answer_that_is_no_json_is_trouble_and_not_the_end(server: Server, watch: Watch) -> None:
    server.replies["GET", PODS] = (200, b"<html>Please log in</html>")
    watched = watch(synced=False)
    assert "login page" in str(until(lambda: watched.trouble, "trouble"))
    del server.replies["GET", PODS]
    assert watched.wait_synced(5)


@pytest.mark.parametrize("which", ["on_change", "trim"])
def test_a_bug_of_who_watches_does_not_end_the_watch(
    server: Server, watch: Watch, which: str
) -> None:
    failing, failed = threading.Event(), threading.Event()

    def fail(item: Any = None) -> Any:
        if failing.is_set():
            failed.set()
            raise RuntimeError("a bug")
        return item

    watched = watch(**{which: fail})
    failing.set()
    server.store.put("a", value=1)
    assert failed.wait(5)
    server.store.put("b", value=1)
    failing.clear()
    becomes(watched, {"a": 1, "b": 1})
    has_contact(watched)


def test_close_ends_the_thread_while_it_waits_for_news(server: Server, watch: Watch) -> None:
    watched = watch()
    started = time.monotonic()
    watched.close()
    assert time.monotonic() - started < 1
    assert not [t for t in threading.enumerate() if t.name == "watch pods"]
    assert watched.trouble is None
