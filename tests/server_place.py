"""A server with Longboat's extension, spoken to by raw HTTP: what a browser sends is said here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import websocket

from jupyter_process import PATIENCE, TOKEN, jupyter
from longboat.api import Client

BASE = "/user/x/"
OWN = {"Authorization": f"token {TOKEN}"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    """Decoded where it is JSON."""
    headers: Mapping[str, str]


class ServerPlace:
    """A running server, its root and its home."""

    def __init__(self, url: str, folder: Path, home: Path) -> None:
        self.folder = folder
        self.client = Client(home)
        split = urlsplit(url)
        self._host, self._port = split.hostname or "", split.port
        self.netloc = split.netloc

    def write(self, path: str, *cells: str) -> None:
        """Save a notebook of these cells below the root, with its folder."""
        made = [
            {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
            for source in cells
        ]
        document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": made}
        place = self.folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(document))

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = OWN
    ) -> Answer:
        """Send a request below the base URL; a body that is no text is sent as JSON."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = HTTPConnection(self._host, self._port, timeout=PATIENCE)
        try:
            connection.request(method, BASE + path, data, dict(headers))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        is_json = "json" in (answer.getheader("Content-Type") or "")
        found = json.loads(text) if is_json and text else text.decode()
        return Answer(answer.status, found, dict(answer.getheaders()))

    def api(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask Longboat's part, as who is logged in."""
        return self.ask(method, f"longboat/api/{path}", body)

    def cookies(self) -> dict[str, str]:
        """What a browser has that has logged in: a login's cookie and that against forgery."""
        answer = self.ask("GET", f"api?token={TOKEN}", headers={})
        assert answer.status == 200
        connection = HTTPConnection(self._host, self._port, timeout=PATIENCE)
        try:
            connection.request("GET", f"{BASE}tree?token={TOKEN}")
            found = connection.getresponse()
            set_cookies = found.headers.get_all("Set-Cookie") or []
        finally:
            connection.close()
        pairs = (each.partition(";")[0].partition("=") for each in set_cookies)
        return {name: value for name, _, value in pairs}

    def socket(self, query: str = "", **named: Any) -> websocket.WebSocket:
        """Open the websocket."""
        url = f"ws://{self.netloc}{BASE}longboat/api/events{query}"
        return websocket.create_connection(url, timeout=PATIENCE, **named)


@contextmanager
def server_place(folder: Path) -> Iterator[ServerPlace]:
    """Start a server that lets nobody in who is not known; below a path, as behind a hub."""
    root, home = folder / "work", folder / "home"
    root.mkdir(parents=True)
    env = {
        "LONGBOAT_HOME": str(home),
        "LONGBOAT_STEWARD_LINGER": "1",
        # What somebody has configured on this machine says nothing of us.
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }
    settings = {"ServerApp.base_url": BASE, "ServerApp.allow_unauthenticated_access": "False"}
    with jupyter(root, env, **settings) as url:
        yield ServerPlace(url, root, home)
