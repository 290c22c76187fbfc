"""TF_CONFIG, and the meeting as the runner asks for it."""

import json
import os
import socket
import subprocess
import sys

import pytest

from longboat.errors import BadInput
from longboat.guest import context, distributed, wire

PAIR = {"worker": ["127.0.0.1:1111", "127.0.0.1:2222"]}


@pytest.fixture
def join(monkeypatch):
    """Join as told by an environment; give TF_CONFIG as TensorFlow would read it."""
    for name in [n for n in os.environ if n.startswith(("LONGBOAT_", "TF_"))]:
        monkeypatch.delenv(name)
    # What the code under test sets goes away again.
    monkeypatch.setenv("TF_CONFIG", "")
    monkeypatch.setenv("TF_GRPC_REUSE_PORT", "")
    monkeypatch.delenv("TF_GRPC_REUSE_PORT")

    def join(**environment):
        for name, value in environment.items():
            text = value if isinstance(value, str) else json.dumps(value)
            monkeypatch.setenv(name, text)
        distributed.join(context.read())
        return json.loads(os.environ["TF_CONFIG"] or "null")

    return join


def test_made_from_cluster_and_role(join):
    made = join(LONGBOAT_CLUSTER=PAIR, LONGBOAT_ROLE="worker:1")
    assert made == {"cluster": PAIR, "task": {"type": "worker", "index": 1}}
    assert os.environ["TF_GRPC_REUSE_PORT"] == "1"


def test_the_chief_comes_first(join):
    cluster = {"worker": ["a:1"], "chief": ["b:2"]}
    made = join(LONGBOAT_CLUSTER=cluster, LONGBOAT_ROLE="chief:0")
    assert list(made["cluster"]) == ["chief", "worker"]
    assert made["task"] == {"type": "chief", "index": 0}


@pytest.mark.parametrize("cluster", ["", {}, {"worker": ["a:1"]}, {"worker": ["a:1"], "ps": []}])
def test_a_replica_alone_gets_none(join, cluster):
    assert join(LONGBOAT_CLUSTER=cluster, LONGBOAT_ROLE="worker:0") is None
    assert "TF_GRPC_REUSE_PORT" not in os.environ


def test_one_that_is_given_stays(join):
    given = {"cluster": PAIR, "task": {"type": "worker", "index": 0}, "environment": "cloud"}
    assert join(TF_CONFIG=given) == given


def test_our_own_cluster_overrules_a_stray_one(join):
    stray = {"cluster": {"worker": ["x:1", "y:2"]}, "task": {"type": "worker", "index": 0}}
    made = join(TF_CONFIG=stray, LONGBOAT_CLUSTER=PAIR, LONGBOAT_ROLE="worker:1")
    assert made == {"cluster": PAIR, "task": {"type": "worker", "index": 1}}


@pytest.mark.parametrize(
    ("environment", "field", "message"),
    [
        ({"LONGBOAT_ROLE": "worker:2"}, wire.CLUSTER, "no address for this replica, worker-2"),
        ({"LONGBOAT_ROLE": "chief:0"}, wire.CLUSTER, "no address for this replica, chief-0"),
        ({"LONGBOAT_CLUSTER": {"worker": ["a:1", "b"]}}, wire.CLUSTER, "worker-1: 'b' is not"),
        ({"LONGBOAT_CLUSTER": {"worker": ["a:0", "b:1"]}}, wire.CLUSTER, "worker-0: 'a:0' is"),
        ({"LONGBOAT_PEER_TIMEOUT": "soon", "LONGBOAT_JOB_ID": "j"}, wire.PEER_TIMEOUT, "'soon'"),
        ({"LONGBOAT_PEER_TIMEOUT": "-1", "LONGBOAT_JOB_ID": "j"}, wire.PEER_TIMEOUT, "'-1'"),
        ({"LONGBOAT_PEER_TIMEOUT": "nan", "LONGBOAT_JOB_ID": "j"}, wire.PEER_TIMEOUT, "'nan'"),
    ],
)
def test_what_cannot_be_understood_is_said(join, environment, field, message):
    with pytest.raises(BadInput) as raised:
        join(**{"LONGBOAT_CLUSTER": PAIR, "LONGBOAT_ROLE": "worker:0", **environment})
    assert [problem.field for problem in raised.value.problems] == [field]
    assert message in str(raised.value)


def test_workers_of_a_job_meet_and_say_so(tmp_path):
    code = """
from longboat.guest import context, distributed
distributed.join(context.read())
"""
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
    started = []
    for index in range(2):
        folder = tmp_path / f"worker-{index}"
        folder.mkdir()
        environment = {
            **os.environ,
            wire.CLUSTER: json.dumps({"worker": [f"127.0.0.1:{port}" for port in ports]}),
            wire.ROLE: f"worker:{index}",
            wire.JOB_ID: "job",
            wire.REPLICA_DIR: str(folder),
        }
        started.append(subprocess.Popen([sys.executable, "-c", code], env=environment))
    try:
        assert [process.wait(timeout=30) for process in started] == [0, 0]
    finally:
        for process in started:
            process.kill()
            process.wait()
    for index in range(2):
        events = list(wire.decode((tmp_path / f"worker-{index}/events.jsonl").read_bytes()))
        assert (events[-1]["kind"], events[-1]["state"]) == ("peers", "met")
