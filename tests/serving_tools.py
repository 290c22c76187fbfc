"""Real SavedModels and real predictors for the tests of models, predictor and services."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from longboat.predictor import control
from longboat.predictor.control import PredictorRecord, Served, Stats, Target
from longboat.spec.service import PredictorOptions

TOKEN = "token-of-the-test"
MAKE_MODELS = """
import sys
import tensorflow as tf

F, I, S, B = tf.float32, tf.int32, tf.string, tf.bool
spec = tf.TensorSpec

class Model(tf.Module):
    def __init__(self, factor):
        self.factor = tf.Variable(float(factor))

    @tf.function(input_signature=[spec([None, 4], F, "x")])
    def scale(self, x):
        return {"y": x * self.factor}

    @tf.function(
        input_signature=[spec([None, 2], F, "a"), spec([None], I, "b"), spec([None], B, "c")])
    def multi(self, a, b, c):
        return {"sum": tf.reduce_sum(a, 1) + tf.cast(b, F), "back": c}

    @tf.function(input_signature=[spec([None], S, "text")])
    def text(self, text):
        return {"text": tf.strings.join([text, text])}

    @tf.function(input_signature=[spec([None, None, 3], F, "seq"), spec([], F, "by")])
    def open(self, seq, by):
        return {"mean": tf.reduce_mean(seq, [1, 2]) * by}

    @tf.function(input_signature=[spec([None], I, "rounds")])
    def slow(self, rounds):
        n = rounds[0]
        x = tf.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, tf.tanh(x @ x)),
                          [tf.constant(0), tf.eye(200)])[1]
        return {"done": tf.cast(rounds, F) + 0.0 * x[0, 0]}

    @tf.function(input_signature=[spec([None], I, "size")])
    def picky(self, size):
        with tf.control_dependencies([tf.debugging.assert_positive(size, message="not positive")]):
            return {"size": size + 0}

    @tf.function(input_signature=[spec([None], S, "digits")])
    def number(self, digits):
        return {"number": tf.strings.to_number(digits)}

    @tf.function(input_signature=[spec([None, 2], F, "x")])
    def share(self, x):
        return {"total": tf.reduce_sum(x)[None]}

for factor in (1, 2):
    model = Model(factor)
    tf.saved_model.save(model, f"{sys.argv[1]}/v{factor}", signatures={
        "serving_default": model.scale, "multi": model.multi, "text": model.text,
        "open": model.open, "slow": model.slow, "picky": model.picky, "share": model.share,
        "number": model.number})
"""


@functools.cache
def saved_models() -> Path:
    """Make the models once a session: ``v1`` answers x, ``v2`` answers 2 x; ``broken`` loads not.

    ``damaged`` is refused before TensorFlow is even imported.
    """
    root = Path(tempfile.mkdtemp(prefix="longboat-models-"))
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", MAKE_MODELS, str(root)], check=True, env=environment)
    shutil.copytree(root / "v1", root / "broken")
    for file in (root / "broken" / "variables").iterdir():
        file.write_bytes(b"no variables")
    shutil.copytree(root / "v1", root / "damaged")
    (root / "damaged" / "saved_model.pb").write_bytes(b"no model")
    atexit.register(shutil.rmtree, root)
    return root


def wait_for(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Give the condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "this never became true"
        time.sleep(0.01)
    return value


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]


class Predictor:
    """A running predictor and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / control.TOKEN).write_text(TOKEN)
        self.process: subprocess.Popen[bytes] | None = None
        self.generation = 0

    def start(self, port: int = 0) -> None:
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
        command = [sys.executable, "-P", "-m", "longboat.predictor", str(self.folder)]
        with (self.folder / control.LOG).open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(port)], stdout=log, stderr=log, env=environment
            )

    def want(self, path: Path, version: int, **options: Any) -> None:
        self.generation += 1
        served = Served("m", version, str(path), PredictorOptions(**options))
        control.write(self.folder / control.TARGET, Target(self.generation, served))
        if self.process is not None:
            self.process.send_signal(1)

    @property
    def record(self) -> PredictorRecord | None:
        """What the present parent says of the present target."""
        record = control.read(self.folder / control.PREDICTOR, PredictorRecord)
        mine = record and self.process and record.pid == self.process.pid
        return record if mine and record and record.generation == self.generation else None

    def wait(self, state: str) -> PredictorRecord:
        return wait_for(lambda: (r := self.record) and r.state == state and r)

    @property
    def stats(self) -> Stats:
        return control.read(self.folder / control.STATS, Stats) or Stats()

    @property
    def children(self) -> list[int]:
        assert self.process is not None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    @property
    def child(self) -> int:
        """The one child that is left when all that drain are gone."""
        return wait_for(lambda: len(found := self.children) == 1 and found[0])

    def connect(self, timeout: float = 60.0) -> http.client.HTTPConnection:
        record = control.read(self.folder / control.PREDICTOR, PredictorRecord)
        assert record is not None
        return http.client.HTTPConnection("127.0.0.1", record.port, timeout=timeout)

    def ask(
        self,
        body: Any = None,
        path: str = "/v1/models/m:predict",
        method: str = "POST",
        token: str | None = TOKEN,
        **headers: str,
    ) -> Answer:
        """Ask once, on a connection of its own."""
        with contextlib.closing(self.connect()) as connection:
            return send(connection, body, path, method, token, **headers)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


def send(
    connection: http.client.HTTPConnection,
    body: Any = None,
    path: str = "/v1/models/m:predict",
    method: str = "POST",
    token: str | None = TOKEN,
    **headers: str,
) -> Answer:
    """Ask on an open connection; what is neither bytes nor None is sent as JSON."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, data, headers)
    response = connection.getresponse()
    text = response.read()
    return Answer(response.status, json.loads(text) if text else None, dict(response.getheaders()))


@contextlib.contextmanager
def running(folder: Path, version: int = 1, **options: Any) -> Iterator[Predictor]:
    """Serve ``v<version>`` of the models; afterwards no process is left."""
    predictor = Predictor(folder)
    predictor.want(saved_models() / f"v{version}", version, **options)
    predictor.start()
    try:
        predictor.wait("ready")
        yield predictor
    finally:
        predictor.stop()
