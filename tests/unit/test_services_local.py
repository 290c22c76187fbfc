"""Services on this machine, from deploy to undeploy, by the real controller and predictor."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from longboat.backends.local.pool import Lease, Pool
from longboat.backends.local.serving import LocalServing
from longboat.backends.serving import ServiceRef
from longboat.errors import BadInput, NotFound, Unavailable
from longboat.models.store import ModelStore
from longboat.predictor import control
from longboat.records.layout import Home
from longboat.services.client import ask
from longboat.services.controller import ServiceController
from longboat.services.service import Services
from longboat.spec.capacity import Machine
from serving_tools import saved_models, wait_for

X = [[1.0, 2.0, 3.0, 4.0]]


class Place:
    """A home with models v1, v2 and a broken one, and a steward that can be replaced."""

    def __init__(self, path: Path, total: Machine) -> None:
        self.home = Home(path / "home")
        self.pool = Pool(path / "pool", total)
        self.models = ModelStore(self.home)
        for name in ("v1", "v2", "broken"):
            self.models.add("m", saved_models() / name)
        self.services = Services(self.home, self.models)
        self._end = threading.Event()
        self._thread = threading.Thread()

    def start_steward(self) -> None:
        controller = ServiceController(self.home, LocalServing(self.home, self.pool), self.models)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._steward, args=(controller, self._end))
        self._thread.start()

    @staticmethod
    def _steward(controller: ServiceController, end: threading.Event) -> None:
        while not end.is_set():
            controller.step()
            end.wait(0.05)

    def end_steward(self) -> None:
        self._end.set()
        self._thread.join()

    def marked(self, name: str) -> list[int]:
        """Every live process of a service, by the mark in its environment."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                marks = (folder / "environ").read_bytes().split(b"\0")
                if {b"LONGBOAT_SERVICE=" + name.encode(), self._mark} <= set(marks):
                    found.append(int(folder.name))
        return found

    @property
    def _mark(self) -> bytes:
        return b"LONGBOAT_HOME=" + str(self.home.path).encode()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("place"), Machine(cpu=1, memory=2 << 30))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SECRET_OF_A_JOB", "hush")
        place.start_steward()
        yield place
    for service in place.services.list():
        place.services.undeploy(service.name)
        place.services.wait(service.name, 60)
        assert place.marked(service.name) == []
    place.end_steward()


def test_deploy_and_ask(place: Place) -> None:
    services = place.services
    deployed = services.deploy("m", 1)
    assert (deployed.name, deployed.state) == ("m", "starting")
    services.wait("m", 60)
    shown = services.get("m").to_dict()
    assert (shown["model"], shown["version"], shown["state"]) == ("m", 1, "running")
    token = Path(shown["token_file"])
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert token.read_text() not in json.dumps(shown)
    assert services.predict("m", X) == {"predictions": X}
    assert services.predict("m", {"inputs": X}) == {"outputs": X}
    assert services.predict("m", json.dumps({"instances": X}).encode()) == {"predictions": X}
    assert place.pool.usage()["cpu"].used == 0.1


def test_no_secret_of_the_shell_that_started_the_steward_lives_on_in_it(place: Place) -> None:
    found = place.marked("m")
    assert len(found) == 2
    for pid in found:
        assert b"hush" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_bad_requests_come_back_as_bad_input(place: Place) -> None:
    services = place.services
    with pytest.raises(BadInput) as caught:
        services.predict("m", [[1, 2, 3]])
    (problem,) = caught.value.problems
    assert problem.field == "input 'x'"
    assert "it got shape (1, 3)" in problem.message
    with pytest.raises(BadInput):
        services.predict("m", [[float("nan")] * 4])
    with pytest.raises(BadInput, match="neither a number"):
        services.predict("m", [object()])


def test_while_another_model_answers_it_is_not_there_yet(place: Place) -> None:
    service = place.services.get("m")
    assert service.url is not None
    with pytest.raises(Unavailable, match="not answer for this model yet"):
        ask(service.url.replace("models/m", "models/other"), service.token_file, X)


def test_a_killed_predictor_comes_back_at_its_address(place: Place) -> None:
    services = place.services
    url = services.get("m").url
    record = control.read(place.home.services / "m" / control.PREDICTOR, control.PredictorRecord)
    assert record is not None
    place.end_steward()
    os.kill(record.pid, signal.SIGKILL)
    wait_for(lambda: place.marked("m") == [], 5)
    with pytest.raises(Unavailable):
        services.predict("m", X)
    place.start_steward()

    def answers() -> bool:
        with contextlib.suppress(Unavailable):
            return services.predict("m", X) == {"predictions": X}
        return False

    assert wait_for(answers)
    assert services.get("m").url == url
    assert len(place.marked("m")) == 2


def test_a_new_steward_finds_what_an_old_one_started(place: Place) -> None:
    before = sorted(place.marked("m"))
    place.end_steward()
    place.start_steward()
    place.services.deploy("m", 1)
    place.services.wait("m", 60)
    assert sorted(place.marked("m")) == before


def test_a_predictor_on_a_host_we_cannot_see_counts_while_its_lock_is_held(place: Place) -> None:
    folder = place.home.services / "m"
    record = control.read(folder / control.PREDICTOR, control.PredictorRecord)
    assert record is not None
    ref = ServiceRef("m", folder)
    other = Home(folder.parent / "elsewhere")
    control.write(folder / control.PREDICTOR, replace(record, host="elsewhere/boot/pid:[1]"))
    try:
        assert LocalServing(place.home, place.pool).observe([ref])["m"].phase == "running"
        assert LocalServing(other, place.pool).observe([ref])["m"].phase == "absent"
    finally:
        control.write(folder / control.PREDICTOR, record)


def test_without_resources_it_waits_and_says_for_what(place: Place) -> None:
    lease = place.pool.acquire(0, 1 << 30)
    assert isinstance(lease, Lease)
    place.services.deploy("m", 1, "late")
    service = wait_for(lambda: (s := place.services.get("late")).status.reason and s)
    assert (service.state, service.status.reason) == ("starting", "waiting-resources")
    assert "memory" in service.status.message
    with pytest.raises(Unavailable):
        place.services.wait("late", 0.1)
    lease.close()
    place.services.undeploy("late")
    place.services.wait("late", 60)


def test_what_cannot_be_deployed(place: Place) -> None:
    known = [service.name for service in place.services.list()]
    with pytest.raises(NotFound, match="no version 9"):
        place.services.deploy("m", 9)
    with pytest.raises(NotFound, match="no model 'nope'"):
        place.services.deploy("nope")
    with pytest.raises(BadInput, match="cannot be the name of a service"):
        place.services.deploy("m", 1, "../up")
    with pytest.raises(NotFound):
        place.services.undeploy("nope")
    assert [service.name for service in place.services.list()] == known


def test_switch_and_undeploy(place: Place) -> None:
    services = place.services
    url = services.get("m").url
    services.deploy("m", 2)
    services.wait("m", 60)
    assert services.predict("m", X) == {"predictions": [[2.0, 4.0, 6.0, 8.0]]}
    assert services.get("m").url == url

    services.deploy("m", 3)
    with pytest.raises(Unavailable, match="Version 3 cannot be served, version 2 goes on"):
        services.wait("m", 60)
    shown = services.get("m").to_dict()
    assert (shown["state"], shown["serving"], shown["version"]) == ("running", 2, 3)
    assert services.predict("m", X) == {"predictions": [[2.0, 4.0, 6.0, 8.0]]}
    asked = shown["requests"]
    for _ in range(5):
        services.predict("m", X)
    shown = wait_for(lambda: (s := services.get("m").to_dict())["requests"] >= asked + 5 and s)
    assert shown["errors"] == 0
    assert 0 < shown["latency"]["p50"] <= shown["latency"]["p99"]

    services.undeploy("m")
    services.wait("m", 60)
    assert services.list() == []
    assert place.marked("m") == []
    assert wait_for(lambda: place.pool.usage()["cpu"].used == 0)
    with pytest.raises(NotFound):
        services.get("m")
