"""Everyday life of jobs on a cluster, through the product's own faces."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cluster.client import Cluster, wait_until
from cluster.homes import ENGINES, succeeded
from longboat.api import Client, Job
from longboat.backends.kubernetes.objects.naming import JOB

SCRIPT = """\
import pathlib, sys, time
import longboat
params = longboat.params(fate="succeed")
print("worker", longboat.cluster().index, "of", longboat.cluster().size, flush=True)
longboat.report(step=1, loss=0.5)
if params.fate == "hang":
    time.sleep(3600)
if params.fate == "fail":
    sys.exit(3)
pathlib.Path("result.txt").write_text("42")
"""
DIGEST = """\
import hashlib, pathlib
print(hashlib.sha256(pathlib.Path("noise.bin").read_bytes()).hexdigest())
"""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    path = folder / "script.py"
    path.write_text(SCRIPT)
    return path


def submit(client: Client, script: Path, engine: str, **asked: Any) -> Job:
    return client.submit(script, backend=engine, **{"cpu": 0.1, "memory": "128M", **asked})


def test_the_command_line_does_it_all(client: Client, script: Path, engine: str) -> None:
    command = [str(Path(sys.executable).with_name("longboat"))]
    asked = ["submit", str(script), "--on", engine, "--workers", "2", "--cpu", "0.1"]
    done = subprocess.run(
        [*command, *asked, "--memory", "128M", "--wait", "--json"],
        env={**os.environ, "LONGBOAT_HOME": str(client.engine.home.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["state"], told["backend"]) == ("succeeded", engine)
    assert [replica["exit_code"] for replica in told["replicas"]] == [0, 0]


def test_everything_comes_back_and_nothing_is_left(
    client: Client, script: Path, engine: str, cluster: Cluster
) -> None:
    job = succeeded(submit(client, script, engine, workers=2))
    assert job.metrics() == {"loss": 0.5}
    log = (job.directory / "attempts/1/worker-1/log").read_text()
    assert log == "worker 1 of 2\n"
    assert (job.directory / "attempts/1/worker-0/work/result.txt").read_text() == "42"
    wait_until(lambda: job.status.settled, "the job is settled")
    wait_until(lambda: not cluster.objects(f"{JOB}={job.id}"), "nothing of it is left there")


def test_more_than_a_secret_holds_arrives_whole(
    client: Client, script: Path, engine: str, cluster: Cluster
) -> None:
    noise = os.urandom(5 << 20)
    script.with_name("noise.bin").write_bytes(noise)
    script.write_text(DIGEST)
    job = succeeded(submit(client, script, engine, workers=2))
    for replica in ("worker-0", "worker-1"):
        log = (job.directory / "attempts/1" / replica / "log").read_text()
        assert log == hashlib.sha256(noise).hexdigest() + "\n"
    assert json.loads((job.directory / "attempts/1/cluster.json").read_bytes())["secrets"] == 6
    wait_until(lambda: job.status.settled, "the job is settled")
    wait_until(lambda: not cluster.objects(f"{JOB}={job.id}"), "nothing of it is left there")


def test_a_job_that_runs_is_stopped(client: Client, script: Path, engine: str) -> None:
    job = submit(client, script, engine, workers=2, parameters={"fate": "hang"})
    wait_until(lambda: job.status.state == "running", "the job runs")
    job.stop()
    status = job.wait(timeout=60)
    assert (status.state, status.reason) == ("stopped", "stopped-by-user")


def test_a_failed_job_is_tried_again(client: Client, script: Path, engine: str) -> None:
    job = submit(client, script, engine, retries=1, parameters={"fate": "fail"})
    status = job.wait(timeout=120)
    assert (status.state, status.reason, status.attempt) == ("failed", "exit-code", 2)
    assert len(list(job.directory.glob("attempts/*/worker-0/log"))) == 2


def test_a_deadline_ends_it(client: Client, script: Path, engine: str) -> None:
    job = submit(client, script, engine, deadline="2s", parameters={"fate": "hang"})
    status = job.wait(timeout=60)
    assert (status.state, status.reason) == ("failed", "deadline")


def test_a_job_of_here_is_taken_to_the_cluster(client: Client, script: Path, engine: str) -> None:
    here = succeeded(client.submit(script, cpu=0.1, memory="128M"))
    there = succeeded(here.again(backend=engine))
    assert there.record.snapshot == here.record.snapshot
    assert there.record.spec.backend == engine


def test_pods_hold_no_token_and_secrets_are_in_nothing_shown(
    client: Client, script: Path, engine: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value-of-mine")
    job = submit(client, script, engine, secrets=("TOKEN",), parameters={"fate": "hang"})
    wait_until(lambda: job.status.state == "running", "the job runs")
    pods = cluster.core.list_namespaced_pod(
        cluster.namespace, label_selector=f"{JOB}={job.id}"
    ).items
    assert [pod.spec.automount_service_account_token for pod in pods] == [False]
    assert "s3cr3t-value-of-mine" not in str(pods)
