"""A job that prints numbered lines, so that one that is missing, or comes twice, is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cluster.client import wait_until
from cluster.outages import kept_log
from longboat.api import Client, Job

LINES = 2000
SCRIPT = f"""\
import time
import longboat
for number in range({LINES}):
    print(f"line {{number:05d}}", flush=True)
    time.sleep(longboat.params(pause=0.002).pause)
longboat.report(done=1)
"""
WHOLE = "".join(f"line {number:05d}\n" for number in range(LINES))
SMALL: dict[str, Any] = {"cpu": 0.2, "memory": "128M"}


def write_script(folder: Path) -> Path:
    """Write it, in a folder of its own."""
    script = folder / "sources" / "script.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    return script


def submit(client: Client, script: Path, **asked: Any) -> Job:
    """Submit it; gives the job once its first lines are here."""
    job = client.submit(script, **{**SMALL, **asked})
    wait_for_lines(job)
    return job


def wait_for_lines(job: Job) -> None:
    """Return once its first lines are here; fail with what is known of it."""
    try:
        wait_until(lambda: log_of(job), f"the first lines of {job}")
    except AssertionError as error:
        told = [job.directory / "attempts/1/cluster.json", job.directory / "events.jsonl"]
        known = [path.read_text() for path in told if path.exists()]
        raise AssertionError("\n".join([str(error), str(job.status), *known])) from None


def log_of(job: Job, replica: str = "worker-0", attempt: int = 1) -> str:
    """What has come of a replica's log."""
    path = job.directory / f"attempts/{attempt}/{replica}/log"
    return path.read_text() if path.exists() else ""


def has_printed_all(job: Job) -> bool:
    """Whether the last line is on the node of the cluster of ``make cluster``."""
    facts = json.loads((job.directory / "attempts/1/cluster.json").read_bytes())
    return WHOLE.splitlines()[-1] in kept_log(facts["namespace"], facts["name"])
