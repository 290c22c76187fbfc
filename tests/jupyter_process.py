"""A real Jupyter server, as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

TOKEN = "of-the-tests"
PATIENCE = 60.0


@contextmanager
def jupyter(
    folder: Path, env: Mapping[str, str], *, kind: str = "server", **settings: str
) -> Iterator[str]:
    """Start one with ``folder`` as its root, and give its URL; it is gone afterwards.

    ``kind``: ``server`` or ``lab``. Its log and its files lie beside the folder.
    """
    runtime, log = folder.parent / "runtime", folder.parent / "server.log"
    given = {
        "IdentityProvider.token": TOKEN,
        "ServerApp.port": "0",
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": str(folder),
        **settings,
    }
    options = [f"--{key}={value}" for key, value in given.items()]
    command = [sys.executable, "-m", "jupyter", kind, "--allow-root", "--no-browser", *options]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **env, "JUPYTER_RUNTIME_DIR": str(runtime)},
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    ) as server:
        try:
            yield _url(server, runtime, log)
        finally:
            _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Ask it to end; not for ever, as now and then a thread of its own outlives its loop."""
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()


def _url(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Wait until the server has written down where it is."""
    written = runtime / f"jpserver-{server.pid}.json"
    deadline = time.monotonic() + PATIENCE
    # Written in two steps: there at first, and whole a moment later.
    while not (written.exists() and written.read_text().rstrip().endswith("}")):
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    url = str(json.loads(written.read_text())["url"])
    while not _listens(url):
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return url


def _listens(url: str) -> bool:
    """It says where it will be a moment before it is there."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), 5).close()
    except ConnectionRefusedError:
        return False
    return True
