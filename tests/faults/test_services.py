"""SIGKILL while a model is being deployed, and while it is served."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from faults import points
from faults.home import FaultHome
from faults.invariants import no_half_model
from faults.watching import kill, processes, until
from longboat import summoning
from longboat.api import Service
from longboat.backends.local.pool import Pool
from longboat.predictor import control
from longboat.predictor.control import PredictorRecord

Note = Callable[[str, str, str, str], None]


def predictor(home: FaultHome, service: Service) -> PredictorRecord | None:
    """What the predictor's parent says of itself."""
    return control.read(home.home.services / service.name / control.PREDICTOR, PredictorRecord)


def children(parent: int) -> list[int]:
    """The pids of a parent's children."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def loading(home: FaultHome, service: Service, after: int = 0) -> tuple[int, int]:
    """Wait until a parent other than ``after`` has a child that loads; gives both."""

    def look() -> tuple[int, int] | None:
        record = predictor(home, service)
        if record is None or record.pid == after or record.state != "loading":
            return None
        found = children(record.pid)
        return (record.pid, found[0]) if len(found) == 1 else None

    found: tuple[int, int] = until(look, lambda: f"a child loads {home.describe()}")
    return found


def answers(home: FaultHome, service: Service, stage: str, victim: str, hit: Note) -> str:
    """Demand that the service is there and right; gives its address."""
    service.wait()
    shown = service.to_dict()
    assert (shown["state"], shown["serving"]) == ("running", 1), shown
    assert service.predict([[1.0, 2.0]]) == {"predictions": [[2.0, 4.0]]}
    hit(victim, "deploying", stage, f"{shown['state']}, and answers. {shown['message']}".strip())
    return str(shown["url"])


def nothing_is_left(home: FaultHome, service: Service) -> None:
    """Undeploy; nothing of the service lives five seconds later, or holds anything."""
    service.undeploy()
    services = home.home.services
    until(lambda: not processes(str(services)), "no predictor is left", 5)
    until(lambda: not list(services.iterdir()), "no record is left", 5)
    assert home.client.services() == []
    home.steward_is_gone()
    no_half_model(home)
    assert all(each.used == 0 for each in Pool().usage().values())


@pytest.fixture
def deployable(home: FaultHome, saved: Path) -> FaultHome:
    """A home with a registered model."""
    home.client.add_model("twice", saved)
    return home


def test_submitter_and_stewards(deployable: FaultHome, hit: Note) -> None:
    home = deployable
    untold = home.freeze_at(points.SUBMIT_UNTOLD)
    unstarted = home.freeze_at(points.STEWARD_DEPLOYING)
    with home.run_submitter(deploy="twice"):
        kill(home.frozen(untold))
    assert not summoning.lock_of(home.home).held()
    (service,) = home.client.services()
    kill(home.frozen(unstarted))
    assert predictor(home, service) is None
    home.client.services()
    parent, child = loading(home, service)
    kill(home.steward())
    url = answers(home, service, "wish_untold", "submitter", hit)
    hit("steward", "deploying", "predictor_unstarted, loading", "running, and answers.")
    kill(home.steward())
    assert answers(home, service, "serving", "steward", hit) == url
    assert not summoning.lock_of(home.home).held(), "it answers without one"
    home.client.services()
    home.steward()
    record = predictor(home, service)
    assert record is not None and (record.pid, children(parent)) == (parent, [child])
    nothing_is_left(home, service)


def test_predictor_parent(deployable: FaultHome, hit: Note) -> None:
    home = deployable
    service = home.client.deploy("twice", wait=False)
    parent, child = loading(home, service)
    kill(parent)
    second, _ = loading(home, service, after=parent)
    assert child not in [row.pid for row in processes(str(home.home.services))]
    url = answers(home, service, "loading", "predictor parent", hit)
    kill(home.steward())
    kill(second)
    home.client.services()
    loading(home, service, after=second)
    assert answers(home, service, "serving, and the steward", "predictor parent", hit) == url
    nothing_is_left(home, service)


def test_predictor_child(deployable: FaultHome, hit: Note) -> None:
    home = deployable
    service = home.client.deploy("twice", wait=False)
    parent, child = loading(home, service)
    kill(child)
    url = answers(home, service, "loading", "predictor child", hit)
    (child,) = children(parent)
    kill(child)
    until(lambda: children(parent) not in ([], [child]), "another child")
    assert answers(home, service, "serving", "predictor child", hit) == url
    nothing_is_left(home, service)


@pytest.mark.parametrize("taken", ["nothing", "predictor.json", "port"])
def test_reboot(deployable: FaultHome, rebooted: str, hit: Note, taken: str) -> None:
    """It is back with the next steward, on its port if that is free, and with its token."""
    home, port = deployable, _lasting_port()
    _had(home, "twice", port)
    service = home.client.deploy("twice")
    url, token = service.to_dict()["url"], _token(service)
    assert f":{port}/" in url
    home.power_cut()
    with contextlib.ExitStack() as stack:
        if taken == "predictor.json":
            # It is not synced: a true power cut may leave it empty.
            (home.home.services / "twice" / control.PREDICTOR).write_bytes(b"")
        if taken == "port":
            # The last threads of the dead may still hold it for a moment.
            server: socket.socket = until(lambda: _listening(port), "the port is free")
            stack.enter_context(server)
        stack.enter_context(home.setting("LONGBOAT_HOST_IDENTITY", rebooted))
        home.revive()
        until(lambda: _host(home, service) == rebooted, lambda: f"another parent {home.describe()}")
        found = answers(home, service, f"rebooted, {taken} taken", "predictor parent", hit)
        assert (found == url) is (taken != "port")
        assert _token(service) == token
        nothing_is_left(home, service)


def _lasting_port() -> int:
    """A free port that the kernel gives to nobody who asks for any: it stays free meanwhile."""
    least = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, least)
        if server := _listening(port):
            server.close()
            return port


def _listening(port: int) -> socket.socket | None:
    with contextlib.suppress(OSError):
        return socket.create_server(("127.0.0.1", port))
    return None


def _had(home: FaultHome, name: str, port: int) -> None:
    """Have a service begin where one of its name answered before."""
    folder = home.home.services / name
    folder.mkdir(parents=True)
    record = PredictorRecord(host="", pid=0, started=0, url="", port=port, state="stopped")
    control.write(folder / control.PREDICTOR, record)


def _token(service: Service) -> str:
    return Path(service.to_dict()["token_file"]).read_text()


def _host(home: FaultHome, service: Service) -> str:
    record = predictor(home, service)
    return record.host if record is not None else ""
