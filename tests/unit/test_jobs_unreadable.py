"""A job whose record cannot be read can still be removed, unless something of it may be running."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from records_tools import record

from longboat.api import Client
from longboat.cli.main import run
from longboat.errors import Conflict, NotFound
from longboat.guest import wire
from longboat.records.status import JobStatus
from longboat.system.sweep import processes_of
from serving_tools import wait_for

JOB = "a" * 10


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    monkeypatch.setenv("LONGBOAT_STEWARD_LINGER", "0")
    here = Client()
    here.engine.store.create(record(JOB), {}, None)
    here.engine.store.write_status(JOB, JobStatus(state="succeeded", settled=True))
    return here


@pytest.mark.parametrize("name", ["job", "status"])
def test_it_is_removed(client: Client, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    getattr(client.engine.home.run(JOB), name).write_bytes(b"{")
    assert run(["rm", JOB]) == 0
    assert capsys.readouterr().out == f"Job {JOB} is removed.\n"
    with pytest.raises(NotFound):
        client.remove(JOB)
    assert client.jobs() == [] and client.unreadable() == {}


def test_while_processes_of_it_live_it_is_not(client: Client) -> None:
    client.engine.home.run(JOB).status.write_bytes(b"{")
    environment = {**os.environ, wire.JOB_ID: JOB}
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        wait_for(lambda: processes_of(JOB))
        with pytest.raises(Conflict, match=f"kill {process.pid}"):
            client.remove(JOB)
        process.kill()
    assert client.remove(JOB) == (JOB, "", True)


def test_a_job_that_can_be_read_is_removed_as_ever(client: Client) -> None:
    assert client.remove("digits") == (JOB, "digits", True)
