"""A predictor through switches, failures and deaths."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from longboat.predictor import control
from longboat.predictor.control import Served
from longboat.predictor.slot import Shared, Slot
from serving_tools import Predictor, running, saved_models, send, wait_for

X = {"instances": [[1.0, 2.0, 3.0, 4.0]]}
V1 = {"predictions": [[1.0, 2.0, 3.0, 4.0]]}
V2 = {"predictions": [[2.0, 4.0, 6.0, 8.0]]}
BUSY = {"instances": [4000], "signature_name": "slow"}
"""Keeps a child at work for seconds."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    with running(tmp_path_factory.mktemp("service"), version=1) as predictor:
        yield predictor


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Load:
    """Clients that ask without a pause, half of them on connections they keep."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.answers: list[object] = []
        self.failures: list[BaseException] = []
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(i % 2,)) for i in range(4)]

    def _ask(self, keep: int) -> None:
        connection = self.predictor.connect()
        while not self._enough.is_set():
            try:
                self.answers.append(send(connection, X).body)
            except OSError as failure:
                self.failures.append(failure)
            if not keep:
                connection.close()
        connection.close()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        wait_for(lambda: len(self.answers) > 50)
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()


def test_a_switch_under_load_loses_no_request(served: Predictor) -> None:
    old = served.child
    with Load(served) as load:
        served.want(saved_models() / "v2", 2)
        assert served.wait("ready").serving.version == 2
        seen = len(load.answers)
        wait_for(lambda: len(load.answers) > seen + 200)
    assert load.failures == []
    assert V1 in load.answers
    assert all(answer in (V1, V2) for answer in load.answers)
    # Only what was at work at the moment of the switch may still have come from the old one.
    assert all(answer == V2 for answer in load.answers[seen + 20 :])
    assert wait_for(lambda: gone(old))
    assert served.ask(X).body == V2


def test_a_version_that_cannot_be_loaded_leaves_the_old_one(served: Predictor) -> None:
    before = served.ask(X).body
    serving = served.record.serving
    served.want(saved_models() / "broken", 7)
    record = served.wait("failed")
    assert "could not be loaded" in record.message
    assert record.serving == serving
    assert served.ask(X).body == before
    served.want(Path(serving.path), serving.version)
    assert served.wait("ready").serving == serving


def test_an_aborted_child_costs_only_what_it_was_at_work_on(served: Predictor) -> None:
    child = served.child
    before = wait_for(lambda: served.stats)
    failures: list[OSError] = []

    def doomed() -> None:
        with pytest.raises(OSError) as caught:
            served.ask(BUSY)
        failures.append(caught.value)

    busy = threading.Thread(target=doomed)
    busy.start()
    ticks = cpu(child)
    wait_for(lambda: cpu(child) > ticks + 5)  # it is at work
    queued: list[object] = []
    waiting = [
        threading.Thread(target=lambda: queued.append(served.ask(X).status)) for _ in range(5)
    ]
    for thread in waiting:
        thread.start()
    port = served.record.port
    wait_for(lambda: unaccepted(port) >= 5)
    os.kill(child, signal.SIGABRT)
    for thread in [busy, *waiting]:
        thread.join()
    assert len(failures) == 1
    assert queued == [200] * 5
    assert served.children != [child]
    after = wait_for(lambda: (s := served.stats).requests >= before.requests + 6 and s)
    assert after.server_errors == before.server_errors + 1


def cpu(pid: int) -> int:
    """Ticks that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def unaccepted(port: int) -> int:
    """Connections in the listening socket's queue (rx_queue of a listener, proc(5))."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
            return int(fields[4].partition(":")[2], 16)
    return 0


def test_a_killed_parent_leaves_nothing_and_its_successor_goes_on(served: Predictor) -> None:
    children = served.children
    stats = wait_for(lambda: served.stats)
    record = served.record
    assert served.process is not None
    served.process.kill()
    served.process.wait()
    for child in children:
        wait_for(lambda child=child: gone(child), 5)
    # The target cannot be loaded, so the successor must know what its predecessor served.
    served.process = None
    served.want(saved_models() / "damaged", 8)
    served.start(record.port)
    again = served.wait("failed")
    assert again.port == record.port
    assert again.serving == record.serving
    assert wait_for(lambda: served.ask(X).status == 200)
    assert served.stats.requests >= stats.requests


def test_a_second_predictor_of_the_service_leaves_at_once(served: Predictor) -> None:
    second = Predictor(served.folder)
    second.start()
    assert second.process is not None
    assert second.process.wait(20) == 0
    assert served.ask(X).status == 200


def test_with_nothing_to_serve_it_answers_503(tmp_path: Path) -> None:
    predictor = Predictor(tmp_path)
    predictor.want(saved_models() / "damaged", 1)
    predictor.start()
    try:
        record = predictor.wait("failed")
        assert record.serving is None
        got = predictor.ask(X)
        assert got.status == 503
        assert predictor.ask(b" " * (1 << 20)).status == 503
        predictor.want(saved_models() / "v1", 2)
        predictor.wait("ready")
        assert predictor.ask(X).body == V1
    finally:
        predictor.stop()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_version_whose_child_cannot_be_started_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))

    async def failure() -> str:
        changed = asyncio.Event()
        slot = Slot(Served("m", 1, str(tmp_path)), Shared(0, tmp_path, changed.set))
        while not slot.failure:
            await asyncio.wait_for(changed.wait(), 10)
            changed.clear()
        await slot.gone()
        return slot.failure

    before = open_descriptors()
    assert "could not be started: No such file" in asyncio.run(failure())
    assert open_descriptors() == before


def test_it_answers_on_while_its_record_cannot_be_written(served: Predictor) -> None:
    stats = served.folder / control.STATS
    stats.unlink()
    (stats / "in the way").mkdir(parents=True)
    log = served.folder / control.LOG
    served.ask(X)
    wait_for(lambda: "How it is cannot be written" in log.read_text())
    assert served.ask(X).body in (V1, V2)
    shutil.rmtree(stats)
    assert wait_for(lambda: stats.exists())


def test_a_stopped_predictor_answers_what_it_was_asked(served: Predictor) -> None:
    child = served.child
    answers: list[int] = []
    busy = threading.Thread(target=lambda: answers.append(served.ask(BUSY).status))
    ticks = cpu(child)
    busy.start()
    wait_for(lambda: cpu(child) > ticks + 5)
    served.stop()
    busy.join()
    assert answers == [200]
    assert gone(child)
    record = control.read(served.folder / control.PREDICTOR, control.PredictorRecord)
    assert record is not None and record.state == "stopped"
