"""A rehearsal with real TensorFlow: quick, nothing registered, each mistake found once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from longboat.api import Client
from longboat.errors import NotFound

EXAMPLES = Path(__file__).parents[2] / "images/notebook/examples"
TIMEOUT = 240.0
PLANTED = [
    "import numpy as np\nimport tensorflow as tf\nimport longboat",
    "import no_such_module",
    "x = no_such_module.load()",
    "data = np.loadtxt('missing.csv')",
    "model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)])\n"
    "model.compile(loss='mse', optimizer='sgd')",
    "model.fit(np.zeros((100, 5)), np.zeros((100, 1)), epochs=50)",
    "model.fit(np.zeros((100, 4)), np.zeros((100, 1)), epochs=100_000)\n"
    "assert len(model.predict(np.zeros((100, 4)))) == 100\n"
    "assert model.evaluate(np.zeros((100, 4)), np.ones((100, 1))) < 0",
    "model.export('/proc/no/such/folder')",
    "model.export(longboat.model_dir())",
]


def test_digits_on_two_workers(client: Client, tmp_path: Path) -> None:
    examples = Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))
    job = client.submit(examples / "digits.ipynb", workers=4, gpu=8, rehearse=True)
    spec = job.record.spec
    assert (spec.workers, spec.resources.gpu, spec.rehearse) == (2, 0, True)
    assert job.wait(timeout=TIMEOUT).state == "succeeded"
    assert (job.report().findings, job.report().remarks) == ((), ())
    assert job.status.progress.cell == job.status.progress.cells
    assert client.models() == []
    with pytest.raises(NotFound):
        _ = job.model


@pytest.mark.parametrize(
    ("notebook", "roles"),
    [("digits-ps.ipynb", {"ps": 2}), ("digits-evaluator.ipynb", {"evaluator": True})],
)
def test_digits_in_other_roles(
    client: Client, tmp_path: Path, notebook: str, roles: dict[str, int]
) -> None:
    examples = Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))
    job = client.submit(examples / notebook, workers=1, rehearse=True, **roles)
    assert job.wait(timeout=TIMEOUT).state == "succeeded"
    assert (job.report().findings, job.report().remarks) == ((), ())
    assert {replica.state for replica in job.status.replicas} <= {"succeeded", "stopped"}


def test_planted_mistakes(client: Client, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in PLANTED
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    (tmp_path / "work").mkdir()
    (tmp_path / "work/planted.ipynb").write_text(json.dumps(document))
    job = client.submit(tmp_path / "work/planted.ipynb", rehearse=True)
    assert job.wait(timeout=TIMEOUT).state == "failed"
    report = job.report()
    told = [each.sentence for each in report.findings]
    assert len(told) == 4, told
    assert told[0].startswith("The module no_such_module, which cell 2 needs")
    assert "Cell 4, line 1" in told[1] and "missing.csv" in told[1]
    assert "Cell 6, line 1" in told[2] and "expected axis -1 of input shape" in told[2]
    assert "Cell 8, line 1" in told[3] and "/proc/no" in told[3]
    assert report.remarks == (
        "Cell 3 was not rehearsed: it needs no_such_module.",
        "Cell 7 asserts what does not hold after one step of training.",
    )
    assert "Mend what is listed" in job.status.message
