"""Images that people have: what is needed of one is python3, and what the notebook imports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cluster.homes import succeeded
from cluster.images import PLAIN
from longboat.api import Client

CELLS = [
    "import longboat\nparams = longboat.params(times=1)",
    "longboat.report(answer=42 * params.times)\nprint('no IPython here')",
    "import importlib.util\nimportlib.util.find_spec('IPython')",
]
TENSORFLOW = [
    "import keras\nimport longboat\nimport numpy as np",
    "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])\n"
    "model.compile(loss='mse')\n"
    "model.fit(np.ones((8, 4)), np.ones(8), epochs=2, verbose=0)",
    "model.export(longboat.model_dir(), verbose=False)",
]
EXAMPLES = Path(__file__).parents[2] / "images/notebook/examples"
SCRIPT = """\
import importlib.util
import keras, longboat
import numpy as np
assert importlib.util.find_spec("IPython") is None
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(np.ones((8, 4)), np.ones(8), epochs=2, verbose=0)
print("no IPython here")
"""


def write_notebook(path: Path, cells: list[str]) -> Path:
    code = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": code}))
    return path


def test_a_notebook_needs_no_ipython_in_the_image(client: Client, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "sources" / "plain.ipynb", CELLS)
    asked = {"parameters": {"times": 2}, "cpu": 0.5, "memory": "256M"}
    job = succeeded(client.submit(notebook, backend="trainjob", **asked))
    assert job.metrics() == {"answer": 84}
    executed = json.loads(job.notebook().read_bytes())["cells"]
    assert executed[1]["outputs"][0]["text"] == "no IPython here\n"
    assert executed[2]["outputs"] == []


def test_a_job_may_choose_another_image(client: Client, tmp_path: Path, trainer_image: str) -> None:
    notebook = write_notebook(tmp_path / "sources" / "fit.ipynb", TENSORFLOW)
    asked = {"image": trainer_image, "cpu": 1, "memory": "1500M"}
    job = succeeded(client.submit(notebook, backend="tfjob", **asked))
    assert "loss" in job.metrics()
    assert job.model.record.signature.inputs


@pytest.mark.own_cluster
def test_tensorflow_alone_is_enough(client: Client, tmp_path: Path) -> None:
    """The example learns on two workers in step, and a script does, where IPython never was."""
    examples = Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))
    script = tmp_path / "sources" / "script.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    asked = {"image": PLAIN, "cpu": 0.5, "memory": "1500M", "backend": "trainjob"}
    in_step = {"workers": 2, "parameters": {"epochs": 2}, "model": "digits"}
    notebook = client.submit(examples / "digits.ipynb", **asked, **in_step)
    alone = client.submit(script, **asked)
    succeeded(notebook)
    executed = json.loads(notebook.notebook().read_bytes())
    outputs = [each for cell in executed["cells"] for each in cell.get("outputs", ())]
    assert any("2 in step" in each.get("text", "") for each in outputs)
    assert notebook.metrics()["test_accuracy"] > 0.5
    assert notebook.model.record.signature.inputs
    log = (succeeded(alone).directory / "attempts/1/worker-0/log").read_text()
    assert log.endswith("no IPython here\n")
    assert "loss" in alone.metrics()
