"""The peers, run as their users run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import median

TOKEN = "benchmark"
BEFORE_THE_END = ("STOPPED", "CREATED", "QUEUED", "IN_PROGRESS")
"""A job of jupyter-scheduler is called stopped until its process has begun."""


def scheduler_seconds(notebook: Path, folder: Path) -> float:
    """Median of three trivial jobs of jupyter-scheduler, from its POST to COMPLETED."""
    with _server(folder) as url:
        return median(lambda: _scheduler_job(url, notebook), 3)


def _scheduler_job(url: str, notebook: Path) -> None:
    (environment,) = _ask(f"{url}/scheduler/runtime_environments")
    wanted = {
        "name": "trivial",
        "input_uri": notebook.name,
        "runtime_environment_name": environment["name"],
        "output_formats": ["ipynb"],
    }
    job = _ask(f"{url}/scheduler/jobs", wanted)["job_id"]
    deadline = time.monotonic() + 60
    while (status := _ask(f"{url}/scheduler/jobs/{job}")["status"]) != "COMPLETED":
        assert status in BEFORE_THE_END, status
        assert time.monotonic() < deadline, "jupyter-scheduler did not complete the job"
        time.sleep(0.02)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A Jupyter server with the scheduler's extension, on a port the kernel chooses."""
    runtime = folder / "runtime"
    command = [
        sys.executable, "-m", "jupyter", "server", "--allow-root", "--no-browser",
        "--ServerApp.port=0", f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={TOKEN}",
        f"--SchedulerApp.db_url=sqlite:///{folder}/scheduler.sqlite",
    ]  # fmt: skip
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield _url_of(runtime, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _url_of(runtime: Path, pid: int) -> str:
    info = runtime / f"jpserver-{pid}.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            url: str = json.loads(info.read_text())["url"].rstrip("/")
            _ask(f"{url}/scheduler/jobs")
        except (OSError, ValueError, urllib.error.URLError):
            time.sleep(0.1)
        else:
            return url
    raise TimeoutError("The Jupyter server did not come up.")


def _ask(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
