"""Peers meet: every replica a process of its own, the ports held as the supervisor holds them."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

REPLICA = """
import json, sys
from longboat.guest import peers
me, addresses, job, attempt, timeout = json.loads(sys.argv[1])
say = lambda **fields: print(json.dumps(fields), flush=True)
try:
    party = peers.Party(me, addresses, job, attempt)
    peers.meet(party, timeout, lambda missing: say(waiting=missing))
    say(met=True)
except peers.PeersMissing as error:
    say(missing=error.missing, why=error.why, seconds=error.seconds, sentence=str(error))
"""


class Replica:
    """A running replica, and what it has said."""

    def __init__(self, me, addresses, *, attempt=1, timeout=20.0, job="job"):
        arguments = json.dumps([me, addresses, job, attempt, timeout])
        self.process = subprocess.Popen(
            [sys.executable, "-c", REPLICA, arguments], stdout=subprocess.PIPE, text=True
        )
        self.said = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def end(self):
        """Wait for its last word."""
        assert self.process.wait(timeout=25) == 0
        self._reader.join()
        return self.said[-1]

    def until(self, said):
        deadline = time.monotonic() + 15
        while said not in self.said:
            assert self.process.poll() is None and time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def close(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()


@pytest.fixture
def stage():
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def addresses(stage):
    """Three workers, on ports that are bound and not listened on."""
    held = {}
    for index in range(3):
        sock = stage.enter_context(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", 0))
        held[f"worker-{index}"] = f"127.0.0.1:{sock.getsockname()[1]}"
    return held


@pytest.fixture
def start(stage, addresses):
    def start(index, **options):
        replica = Replica(f"worker-{index}", options.pop("addresses", addresses), **options)
        stage.callback(replica.close)
        return replica

    return start


MET = {"met": True}


def connect(address):
    """Connect to a leader once it listens."""
    host, port = address.rsplit(":", 1)
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection((host, int(port)), timeout=10)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_all_meet_in_any_order_without_a_word(start, order):
    assert [replica.end() for replica in [start(index) for index in order]] == [MET] * 3


def test_a_late_worker_is_waited_for_by_name(start):
    early = [start(0), start(1)]
    for replica in early:
        replica.until({"waiting": ["worker-2"]})
    assert start(2).end() == MET
    assert [replica.end() for replica in early] == [MET, MET]


def test_a_late_leader_is_waited_for(start):
    early = [start(1), start(2)]
    for replica in early:
        replica.until({"waiting": ["worker-0"]})
    assert [replica.end() for replica in [start(0), *early]] == [MET] * 3


def test_who_never_comes_is_named_by_everybody(start):
    for last in [replica.end() for replica in [start(0, timeout=1.2), start(1, timeout=1.2)]]:
        assert last["missing"] == ["worker-2"]
        assert last["why"] == "worker-2: it never came"
        assert 0 < last["seconds"] < 10
        assert "worker-2: it never came. Look at the logs" in last["sentence"]


def test_a_leader_that_never_comes_refuses(start):
    last = start(1, timeout=0.5).end()
    assert last["missing"] == ["worker-0"]
    assert "refuses connections" in last["why"]


def test_one_that_gives_up_ends_the_others_too(start):
    ends = [replica.end() for replica in [start(1, timeout=1.2), start(0, timeout=600)]]
    assert [last["why"] for last in ends] == ["worker-2: it never came"] * 2


def test_a_stale_worker_is_refused_and_knows_it(start):
    leader = start(0, attempt=2, timeout=1.5)
    stale = start(1, attempt=1, timeout=60).end()
    assert stale["why"] == "worker-0: it is of attempt 2, and this is attempt 1"
    last = leader.end()
    assert last["missing"] == ["worker-1", "worker-2"]
    assert "worker-1: it came with attempt 1, and this is 2" in last["why"]


def test_a_stale_leader_is_outlived(start):
    old = start(0, attempt=1)
    fresh = [start(1, attempt=2), start(2, attempt=2)]
    for replica in fresh:
        replica.until({"waiting": ["worker-0"]})
    old.close()
    assert [replica.end() for replica in [*fresh, start(0, attempt=2)]] == [MET] * 3


def test_another_jobs_leader_is_no_leader(start):
    start(0, job="another")
    last = start(1, timeout=1).end()
    assert last["missing"] == ["worker-0"]
    assert "another job may have its port" in last["why"]


STRANGERS = {
    "silence": b"",
    "grpc": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "long": b"x" * 100_000,
    "bytes": bytes(range(256)),
    "unknown replica": b'{"longboat":1,"job":"job","replica":"worker-9","attempt":1}\n',
    "the leader's name": b'{"longboat":1,"job":"job","replica":"worker-0","attempt":1}\n',
    "another job": b'{"longboat":1,"job":"x","replica":"worker-1","attempt":1}\n',
}


@pytest.mark.parametrize("data", STRANGERS.values(), ids=STRANGERS.keys())
def test_strangers_change_nothing(start, stage, addresses, data):
    leader = start(0)
    stranger = stage.enter_context(connect(addresses["worker-0"]))
    with contextlib.suppress(ConnectionError):
        stranger.sendall(data)
        if data:
            assert stranger.recv(1) == b""
    assert [replica.end() for replica in [start(1), start(2), leader]] == [MET] * 3


def test_two_hundred_silent_connections_keep_nobody_out(start, stage, addresses):
    leader = start(0)
    for _ in range(200):
        stage.enter_context(connect(addresses["worker-0"]))
    assert [replica.end() for replica in [start(1), start(2), leader]] == [MET] * 3


def test_a_leader_that_dies_midway_is_missed(start):
    leader, worker = start(0), start(1, timeout=1.8)
    worker.until({"waiting": ["worker-2"]})
    leader.close()
    last = worker.end()
    assert last["why"] == "worker-0: it came, then went away"


def test_a_worker_that_dies_midway_may_come_again(start):
    leader, worker = start(0), start(1)
    worker.until({"waiting": ["worker-2"]})
    leader.until({"waiting": ["worker-2"]})
    worker.close()
    leader.until({"waiting": ["worker-1", "worker-2"]})
    assert [replica.end() for replica in [start(1), start(2), leader]] == [MET] * 3


def test_a_name_that_does_not_resolve_is_named(start, addresses):
    # A label of more than 63 bytes resolves nowhere, and no resolver is asked (RFC 1035, 2.3.4).
    nowhere = {**addresses, "worker-2": f"{'a' * 64}.invalid:2222"}
    ends = [start(index, addresses=nowhere, timeout=1) for index in (0, 1)]
    for last in [replica.end() for replica in ends]:
        assert last["missing"] == ["worker-2"]
        assert "worker-2: its name does not resolve" in last["why"]


def test_a_leader_whose_name_does_not_resolve(start, addresses):
    nowhere = {**addresses, "worker-0": f"{'a' * 64}.invalid:2222"}
    last = start(1, addresses=nowhere, timeout=0.5).end()
    assert last["missing"] == ["worker-0"]
    assert "does not resolve" in last["why"]


def test_a_port_that_somebody_else_has(start, stage, addresses):
    taken = stage.enter_context(socket.create_server(("127.0.0.1", 0)))
    addresses["worker-0"] = f"127.0.0.1:{taken.getsockname()[1]}"
    last = start(0).end()
    assert last["missing"] == ["worker-0"]
    assert os.strerror(98) in last["why"]
