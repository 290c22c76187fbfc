"""Which notebook a kernel runs: what its Jupyter server says of the kernel's session.

The server's REST API is described at jupyter-server.readthedocs.io ("REST API", sessions). The
variable JPY_SESSION_NAME, which the server gives a kernel, is only asked where no server is: it
keeps the notebook's old name after a renaming.
"""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from longboat.errors import BadInput

_PATIENCE = 5.0
"""Seconds for a server of this machine to answer."""
_KERNEL_FILE = re.compile(r"kernel-(.+)\.json")
_UNKNOWN = (
    "Which notebook this is cannot be found out: no Jupyter server of this machine knows this "
    "kernel. Name it: %longboat submit NOTEBOOK.ipynb."
)


def this_notebook() -> Path:
    """Find the file of the notebook whose kernel this process is. Raises BadInput."""
    kernel = _kernel_id()
    for server in _servers() if kernel else ():
        if (path := _of_session(server, kernel)) is not None:
            return path
    named = os.environ.get("JPY_SESSION_NAME", "")
    if named.endswith(".ipynb") and Path(named).is_file():
        return Path(named).absolute()
    raise BadInput.of("entry", _UNKNOWN)


def _kernel_id() -> str:
    """The id by which the server calls this kernel; empty outside of a kernel."""
    try:
        from ipykernel.connect import get_connection_file

        found = _KERNEL_FILE.fullmatch(Path(get_connection_file()).name)
    except (ImportError, RuntimeError):
        return ""
    return found[1] if found else ""


def _servers() -> Iterator[dict[str, Any]]:
    """The running servers, the one that started this kernel first."""
    try:
        from jupyter_server.serverapp import list_running_servers
    except ImportError:
        return
    parent = os.environ.get("JPY_PARENT_PID", "")
    yield from sorted(list_running_servers(), key=lambda each: str(each.get("pid")) != parent)


def _of_session(server: dict[str, Any], kernel: str) -> Path | None:
    url = f"{server['url']}api/sessions"
    asked = urllib.request.Request(url, headers={"Authorization": f"token {server['token']}"})
    try:
        with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
            sessions = json.load(answer)
    except (OSError, ValueError):  # it went away, or is none of this user's
        return None
    for session in sessions:
        if session["kernel"]["id"] == kernel and session["type"] == "notebook":
            return Path(server["root_dir"], session["path"])
    return None
