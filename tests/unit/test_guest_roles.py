"""What a replica does that is no ordinary worker: servers of a coordinator, an evaluator."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from guest_core_tools import Result, code, finish, notebook, run_notebook, run_script, start, write

from longboat.guest import wire
from longboat.guest.reading import Words, words_of

COORDINATOR = "import tensorflow as tf\ntf.distribute.ParameterServerStrategy()\nprint('I train')"
TENSORFLOW = """\
class Server:
    target = "grpc://here"

    def __init__(self, spec, **options):
        print("server", sorted(spec), options["job_name"], options["task_index"], flush=True)


class distribute:
    Server = Server


class train:
    ClusterSpec = dict


class compat:
    class v1:
        ConfigProto = dict
"""
"""What the guest asks of TensorFlow, which is there in tests/spine."""


NAMES = {"main": "main.py", "tensorflow": "installed/tensorflow.py"}


def free_ports(count: int) -> list[int]:
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


class Crew:
    """A chief, a worker and a parameter server, each in a folder of its own, that run one entry."""

    def __init__(self, folder: Path, entry: str, files: dict[str, str]) -> None:
        chief, worker, server = (f"127.0.0.1:{port}" for port in free_ports(3))
        cluster = {"chief": [chief], "worker": [worker], "ps": [server]}
        told = {wire.CLUSTER: json.dumps(cluster), wire.JOB_ID: "job", wire.PEER_TIMEOUT: "30"}
        self._folders = {role: folder / role for role in cluster}
        self._processes = {}
        for role, place in self._folders.items():
            place.mkdir()
            for name, text in files.items():
                write(place, name, text)
            told |= {wire.ROLE: f"{role}:0", "PYTHONPATH": str(place / "work/installed")}
            self._processes[role] = start(place, entry, **told)

    def end(self, role: str) -> Result:
        return finish(self._processes[role], self._folders[role])

    def close(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.communicate()


@pytest.fixture
def crew(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Crew]:
    def make(entry: str, **files: str) -> Crew:
        made = Crew(tmp_path, entry, {NAMES[name]: text for name, text in files.items()})
        request.addfinalizer(made.close)
        return made

    return make


def test_servers_serve_until_their_coordinator_has_ended(crew: Callable[..., Crew]) -> None:
    made = crew("main.py", main="import tensorflow\nprint('I train')", tensorflow=TENSORFLOW)
    chief = made.end("chief")
    assert (chief.code, chief.log) == (0, "I train\n")
    for role in ("worker", "ps"):
        served = made.end(role)
        assert served.code == 0, served.log
        assert f"server ['chief', 'ps', 'worker'] {role} 0" in served.log
        assert "the coordinator has ended" in served.log and "I train" not in served.log


def test_servers_end_with_a_coordinator_that_fails(crew: Callable[..., Crew]) -> None:
    made = crew("main.py", main=f"{COORDINATOR}\n", tensorflow=TENSORFLOW)
    assert made.end("chief").error["ename"] == "AttributeError"
    assert made.end("ps").code == made.end("worker").code == 0


def test_code_that_makes_its_own_servers_runs_everywhere(crew: Callable[..., Crew]) -> None:
    entry = "import tensorflow as tf\ntf.distribute.Server({}, job_name='mine', task_index=7)"
    made = crew("main.py", main=entry, tensorflow=TENSORFLOW)
    assert {made.end(role).log for role in ("chief", "worker", "ps")} == {"server [] mine 7\n"}


def test_code_without_tensorflow_runs_everywhere(crew: Callable[..., Crew]) -> None:
    made = crew("main.py", main="import os\nprint(os.environ['LONGBOAT_ROLE'])")
    assert [made.end(role).log for role in ("chief", "worker", "ps")] == [
        "chief:0\n",
        "worker:0\n",
        "ps:0\n",
    ]


def test_a_server_without_tensorflow_says_what_is_missing(tmp_path: Path) -> None:
    cluster = {"chief": ["127.0.0.1:1"], "worker": ["127.0.0.1:2"], "ps": ["127.0.0.1:3"]}
    write(tmp_path, "tensorflow.py", "raise ModuleNotFoundError('none here', name='tensorflow')")
    told = {wire.CLUSTER: json.dumps(cluster), wire.ROLE: "ps:0"}
    done = run_notebook(tmp_path, COORDINATOR, PYTHONPATH=str(tmp_path / "work"), **told)
    assert done.code == 1 and "needs TensorFlow" in done.log
    assert done.error["reason"] == "import-missing" and done.error["module"] == "tensorflow"


def test_an_evaluators_cells_are_its_own_and_its_last(tmp_path: Path) -> None:
    cells = ["print('model')", code("print('evaluate')", "longboat:evaluator"), "print('train')"]
    cluster = {"worker": ["127.0.0.1:1"], "evaluator": ["127.0.0.1:2"]}
    told = {wire.CLUSTER: json.dumps(cluster)}
    worker = run_notebook(tmp_path / "a", *cells, **told, **{wire.ROLE: "worker:0"})
    assert worker.log == "model\ntrain\n"
    states = [(each["index"], each["state"]) for each in worker.events(wire.CELL)]
    assert states == [(1, "started"), (1, "finished"), (2, "skipped"), (3, "started"),
                      (3, "finished")]  # fmt: skip
    evaluator = run_notebook(tmp_path / "b", *cells, **told, **{wire.ROLE: "evaluator:0"})
    assert evaluator.log == "model\nevaluate\n"


def test_an_evaluator_is_no_member_of_tensorflows_cluster(tmp_path: Path) -> None:
    cluster = {"chief": ["127.0.0.1:1"], "worker": ["127.0.0.1:2"], "evaluator": ["127.0.0.1:3"]}
    script = "import os\nprint(os.environ.get('TF_CONFIG'))"
    for role in ("chief", "evaluator"):
        told = {wire.CLUSTER: json.dumps(cluster), wire.ROLE: f"{role}:0"}
        given = json.loads(run_script(tmp_path / role, script, **told).log)
        assert list(given["cluster"]) == ["chief", "worker"]
        assert given["task"] == {"type": role, "index": 0}


def test_who_trains_alone_beside_an_evaluator_gets_no_tf_config(tmp_path: Path) -> None:
    cluster = {"worker": ["127.0.0.1:2"], "evaluator": ["127.0.0.1:3"]}
    told = {wire.CLUSTER: json.dumps(cluster), "TF_CONFIG": '{"cluster": {"worker": ["x:1"]}}'}
    script = "import os\nprint(os.environ.get('TF_CONFIG'))"
    assert run_script(tmp_path, script, **told).log == "None\n"


# --- what code knows


def words(tmp_path: Path, *cells: str, **modules: str) -> Words:
    (tmp_path / "entry.ipynb").write_text(json.dumps(notebook(*cells)))
    for name, text in modules.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return words_of(str(tmp_path / "entry.ipynb"))


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("import longboat\nif longboat.cluster().role == 'x': pass", True),
        ("from longboat import cluster\nhere = cluster()\nprint(here.role)", True),
        ("import json, os\njson.loads(os.environ['TF_CONFIG'])['task']['type']", True),
        ("task = resolver.task_type", True),
        ("os.environ['LONGBOAT_ROLE']", True),
        ("role = os.environ['R']\nif role == 'evaluator': pass", True),
        ("%time x = 1\n!echo $LONGBOAT_ROLE 'unclosed", True),
        ("json.loads(os.environ['TF_CONFIG'])['cluster']", False),
        ("import longboat\nlongboat.cluster().size", False),
        ("# the evaluator asks for LONGBOAT_ROLE and task_type\nx = 1", False),
        ("x = 1", False),
    ],
)
def test_whether_code_asks_for_its_role(tmp_path: Path, source: str, asks: bool) -> None:
    assert words(tmp_path, source).asks_its_role is asks


@pytest.mark.parametrize(
    ("source", "uses", "starts"),
    [
        ("import tensorflow as tf\ntf.distribute.ParameterServerStrategy(r)", True, False),
        ("import tensorflow as tf\ntf.distribute.Server(c).join()", True, True),
        ("import keras\nkeras.Model().fit()", False, False),
        ("import tensorflow as tf\n# tf.distribute.Server, ParameterServerStrategy", False, False),
        ("import keras, ours\nours.strategy('parameter_server')", True, False),
        ("import torch", True, False),
    ],
)
def test_whether_code_uses_servers(tmp_path: Path, source: str, uses: bool, starts: bool) -> None:
    found = words(tmp_path, source)
    assert (found.uses_servers, found.starts_servers) == (uses, starts)


def test_modules_beside_the_notebook_count_and_others_do_not(tmp_path: Path) -> None:
    modules = {
        "train": "from mine.strategy import make",
        "mine__strategy": "import tensorflow as tf\ntf.distribute.ParameterServerStrategy",
        "unused": "task_type",
    }
    found = words(tmp_path, "import train", **modules)
    assert "ParameterServerStrategy" in found.names and "task_type" not in found.names


def test_what_cannot_be_read_has_no_words(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text("{")
    assert words_of(str(tmp_path / "broken.ipynb")) == Words(frozenset(), frozenset())
    assert words_of(str(tmp_path / "missing.py")) == Words(frozenset(), frozenset())
