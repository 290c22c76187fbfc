"""The API server is away for long, and a job runs on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.client import wait_until
from cluster.homes import ENGINES
from cluster.outages import without_api_server
from longboat.api import Client, Job
from soak.conftest import Tell

pytestmark = [pytest.mark.own_cluster, pytest.mark.timeout(7200)]
PAUSE = 0.05
SCRIPT = f"""\
import time
import longboat
for number in range(longboat.params(lines=1).lines):
    print(f"line {{number:06d}}", flush=True)
    time.sleep({PAUSE})
longboat.report(done=1)
"""


def log_of(job: Job) -> str:
    path = job.directory / "attempts/1/worker-0/log"
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_lost_while_the_api_server_is_away(
    client: Client, tmp_path: Path, engine: str, amount: Callable[[str], int], tell: Tell
) -> None:
    """The job prints before, all the while and after; every line is here in the end, once."""
    away = amount("AWAY")
    lines = int((away + 20) / PAUSE)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    asked = {"backend": engine, "cpu": 0.2, "memory": "128M"}
    job = client.submit(script, parameters={"lines": lines}, **asked)
    wait_until(lambda: log_of(job), "the first lines")
    with without_api_server():
        with pytest.raises(TimeoutError):
            job.wait(timeout=away)
        told = job.status
        seen = log_of(job).count("\n")
    began = time.monotonic()
    wait_until(lambda: log_of(job).count("\n") > seen, "lines that were printed meanwhile")
    tell(
        f"{engine}: away for {away} s ({told.state}, {told.message!r}); lines again after "
        f"{time.monotonic() - began:.1f} s"
    )
    status = job.wait(timeout=120)
    assert (status.state, job.metrics()) == ("succeeded", {"done": 1})
    assert log_of(job) == "".join(f"line {number:06d}\n" for number in range(lines))
