"""A real Jupyter server with a real kernel, spoken to as the Lab speaks to them."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.blocking import BlockingKernelClient

from jupyter_process import PATIENCE, TOKEN, jupyter


class Ran(NamedTuple):
    """What a cell gave."""

    status: str
    """``ok``, ``error``, or ``aborted``: an earlier one had failed."""
    out: str
    err: str
    results: list[dict[str, Any]]
    """Bundles that were displayed, or changed; the last of each cell is its result."""
    error: str
    """What the cell's error shows; empty where it has none."""
    displays: int
    """How many of them were new, and not changes of an earlier one."""


class Lab:
    """A server in a folder, and the kernel of the notebook ``a.ipynb`` in it."""

    def __init__(self, folder: Path, url: str, runtime: Path) -> None:
        self.folder = folder
        self.url = url
        self._runtime = runtime
        write(folder / "a.ipynb", {"one": "1"})
        wanted = {"path": "a.ipynb", "name": "a.ipynb", "type": "notebook", "kernel": {}}
        self.session = self.ask("sessions", "POST", wanted)
        self.client = self._connect()

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Call the server's REST API."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}api/{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")

    def run(self, source: str, cell: str = "", deleted: tuple[str, ...] = ()) -> Ran:
        """Run a cell, and wait until all it gave is here."""
        return self.finish(self.start(source, cell, deleted))

    def start(self, source: str, cell: str = "", deleted: tuple[str, ...] = ()) -> str:
        """Send a cell to run; gives the id of the request."""
        content = {"code": source, "silent": False, "store_history": True, "stop_on_error": True}
        metadata = {"deletedCells": list(deleted), **({"cellId": cell} if cell else {})}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def output(self, request: str) -> Iterator[dict[str, Any]]:
        """What a cell gives, until it is done."""
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["content"].get("execution_state") == "idle":
                return
            yield message

    def finish(self, request: str) -> Ran:
        """Wait for a cell that was started."""
        error = ""
        streams, results, displays = {"stdout": "", "stderr": ""}, list[dict[str, Any]](), 0
        for message in self.output(request):
            content = message["content"]
            if message["msg_type"] == "error":
                error = "\n".join(content["traceback"]) or content["ename"]
            if message["msg_type"] == "stream":
                streams[content["name"]] += content["text"]
            elif "data" in content:
                results.append(content["data"])
                displays += message["msg_type"] == "display_data"
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"]["msg_id"] == request:
                break
        status = str(reply["content"]["status"])
        return Ran(status, streams["stdout"], streams["stderr"], results, error, displays)

    def complete(self, text: str) -> list[str]:
        """What the kernel offers at the end of ``text``."""
        reply = self.client.complete(text, len(text), reply=True, timeout=PATIENCE)
        return list(reply["content"]["matches"])

    def _connect(self) -> BlockingKernelClient:
        kernel = self.session["kernel"]["id"]
        client = BlockingKernelClient(connection_file=str(self._runtime / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                client.wait_for_ready(timeout=PATIENCE)
            except RuntimeError:
                # A kernel that is busy starting misses a heartbeat, which counts as its death.
                if time.monotonic() >= deadline:
                    raise
            else:
                return client


@contextmanager
def lab(folder: Path, env: dict[str, str]) -> Iterator[Lab]:
    """Start a server in ``folder``; everything of it is gone afterwards."""
    with jupyter(folder, env) as url:
        opened = Lab(folder, url, folder.parent / "runtime")
        try:
            yield opened
        finally:
            opened.client.stop_channels()
            opened.ask(f"sessions/{opened.session['id']}", "DELETE")


def write(path: Path, cells: dict[str, str]) -> None:
    """Save a notebook of these cells, by id."""
    made = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": source, "outputs": []}
        for name, source in cells.items()
    ]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}
    path.write_text(json.dumps(document))
