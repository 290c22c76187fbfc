"""Which roles a job may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longboat.errors import BadInput
from longboat.spec.job import JobSpec
from longboat.spec.notebook import read_notebook
from longboat.spec.request import JobRequest, resolve

TRAINS = "import tensorflow as tf\n"
SERVED = TRAINS + "tf.distribute.ParameterServerStrategy(None)\n"
ASKS = "import longboat\nif longboat.cluster().role == 'evaluator': pass\n"


def made(folder: Path, source: str, **asked: Any) -> JobSpec:
    entry = folder / "train.py"
    entry.write_text(source)
    return resolve(JobRequest(entry=str(entry), **asked), read_notebook(entry), None)


def problems(folder: Path, source: str, **asked: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        made(folder, source, **asked)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_parameter_servers_bring_a_chief(tmp_path: Path) -> None:
    spec = made(tmp_path, SERVED, ps="2", workers=2)
    assert [str(replica) for replica in spec.replicas] == [
        *("chief-0", "worker-0", "worker-1", "ps-0", "ps-1")
    ]
    assert str(spec.leader) == "chief-0"


def test_an_evaluator_stands_beside_any_of_them(tmp_path: Path) -> None:
    alone = made(tmp_path, ASKS, evaluator=True)
    assert [str(replica) for replica in alone.replicas] == ["worker-0", "evaluator-0"]
    full = made(tmp_path, SERVED + ASKS, evaluator=1, ps=1)
    assert [str(replica) for replica in full.replicas] == [
        *("chief-0", "worker-0", "ps-0", "evaluator-0")
    ]


def test_all_problems_with_roles_are_told_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, SERVED, workers=0, chief=False, ps=1, evaluator=2, retries=-1)
    assert list(told) == ["workers", "evaluator", "chief", "retries"]
    assert "Parameter servers need a chief" in told["chief"]
    assert "one evaluator or none" in told["evaluator"]
    assert "whole number from 0 to 64" in problems(tmp_path, SERVED, ps=65)["ps"]


@pytest.mark.parametrize("evaluator", [2, -1, "yes", 0.5, None])
def test_what_is_no_number_of_evaluators(tmp_path: Path, evaluator: object) -> None:
    assert "one evaluator or none" in problems(tmp_path, ASKS, evaluator=evaluator)["evaluator"]


def test_a_notebook_that_needs_no_servers_gets_none(tmp_path: Path) -> None:
    told = problems(tmp_path, TRAINS, ps=1)
    assert "train.py never names ParameterServerStrategy" in told["ps"]
    assert made(tmp_path, "import torch", ps=1).ps == 1, "what is not known is not refused"


def test_a_notebook_that_would_train_alone_as_evaluator_is_refused(tmp_path: Path) -> None:
    cluster = "import json, os\njson.loads(os.environ['TF_CONFIG'])['cluster']\n"
    told = problems(tmp_path, TRAINS + cluster, evaluator=True)
    assert "train.py never asks for its role" in told["evaluator"]
    (tmp_path / "roles.py").write_text(ASKS)
    assert made(tmp_path, TRAINS + "import roles\n", evaluator=True).evaluator


def test_a_tagged_cell_is_the_evaluators_work(tmp_path: Path) -> None:
    entry = tmp_path / "train.ipynb"
    cell = '{"cell_type": "code", "source": "x = 1", "metadata": {"tags": [%s]}}'
    whole = '{"nbformat": 4, "metadata": {}, "cells": [%s]}'
    request = JobRequest(entry=str(entry), evaluator=True)
    entry.write_text(whole % (cell % '"longboat:evaluator"'))
    assert resolve(request, read_notebook(entry), None).evaluator
    entry.write_text(whole % (cell % ""))
    with pytest.raises(BadInput, match="longboat:evaluator"):
        resolve(request, read_notebook(entry), None)
