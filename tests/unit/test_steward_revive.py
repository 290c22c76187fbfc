"""Whoever waits looks after the steward, and starts one, not many."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from longboat import steward, summoning
from longboat.api import Client
from longboat.errors import Unavailable
from longboat.services.record import ServiceIntent, ServiceStatus
from longboat.services.service import Services
from longboat.services.store import ServiceStore
from longboat.spec.service import ServiceSpec
from longboat.system.processes import table


def stewards(client: Client) -> list[int]:
    """The pids of this home's stewards, those that only begin included."""
    mark = f"longboat.steward\0{client.engine.home.path}".encode()
    return [pid for pid in table() if mark in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_one_steward_is_started_for_many_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOAT_POOL", str(tmp_path / "pool"))
    monkeypatch.setenv(steward.LINGER, "0.1")
    (tmp_path / "sources").mkdir()
    script = tmp_path / "sources" / "script.py"
    script.write_text("print('done')\n")
    client = Client(tmp_path / "home")
    lock = summoning.lock_of(client.engine.home)
    assert lock.acquire()  # as a steward that is killed before it hears of the job
    job = client.submit(script, cpu=0.1, memory="128M")
    lock.release()
    most, deadline = 0, time.monotonic() + 20
    while not lock.held():
        assert time.monotonic() < deadline
        client.job(job.id)
        most = max(most, len(stewards(client)))
    assert most == 1
    assert job.wait(20).state == "succeeded"
    while stewards(client):
        assert time.monotonic() < deadline + 20


def test_who_waits_for_a_service_looks_after_the_steward(tmp_path: Path) -> None:
    client = Client(tmp_path / "home")
    store = ServiceStore(client.engine.home)
    services = Services(client.engine.home, client.engine.models)
    spec = ServiceSpec(name="m", model="m", version=1)
    store.want(ServiceIntent(spec=spec, target="run", generation=1, created=0.0))
    with pytest.raises(Unavailable, match="Service m is not"):
        services.wait("m", 0.1)

    def meanwhile() -> None:
        store.write_status("m", ServiceStatus(generation=1, state="running", settled=True))

    services.wait("m", 20, meanwhile)
