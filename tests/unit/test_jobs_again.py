"""What is judged of a repeated job: the code that travelled, not what lies in a folder now."""

from __future__ import annotations

from pathlib import Path

import pytest

from longboat.api import Client
from longboat.errors import BadInput
from longboat.jobs.submission import Submission
from longboat.records.status import JobRecord

ASKS = "import longboat\nrole = longboat.cluster().role\n"
SERVED = "import tensorflow as tf\nMake = tf.distribute.ParameterServerStrategy\n"


@pytest.fixture
def submission(tmp_path: Path) -> Submission:
    """Its jobs are written down and never run."""
    engine = Client(tmp_path / "home").engine
    rooms = (engine.home, engine.store, engine.index, engine.snapshots, engine.backends)
    return Submission(*rooms, lambda: None, engine.clusters, lambda python, _: python)


def submitted(submission: Submission, folder: Path, **modules: str) -> JobRecord:
    work = folder / "work"
    work.mkdir()
    (work / "train.py").write_text("".join(f"import {name}\n" for name in modules) or "x = 1\n")
    for name, source in modules.items():
        (work / f"{name}.py").write_text(source)
    record = submission.commit(submission.plan(work / "train.py", cpu=0.1, memory="16M"))
    for file in work.iterdir():
        file.unlink()
    return record


def test_the_modules_that_travelled_are_read(submission: Submission, tmp_path: Path) -> None:
    record = submitted(submission, tmp_path, roles=ASKS, strategy=SERVED)
    again = submission.again(record, evaluator=True, ps=1)
    assert [str(replica) for replica in again.spec.replicas] == [
        *("chief-0", "worker-0", "ps-0", "evaluator-0")
    ]
    once_more = submission.again(again)
    assert once_more.spec == again.spec


def test_without_them_it_is_refused_as_at_first(submission: Submission, tmp_path: Path) -> None:
    record = submitted(submission, tmp_path)
    with pytest.raises(BadInput, match="never asks for its role"):
        submission.again(record, evaluator=True)


def test_it_can_be_looked_at_first(submission: Submission, tmp_path: Path) -> None:
    record = submitted(submission, tmp_path, roles=ASKS, strategy=SERVED)
    plan = submission.look_again(record, ps="1")
    assert (plan.spec.ps, plan.again, plan.snapshot.address) == (1, record.id, record.snapshot)
    assert submission.facts(record).kind == "script"
    with pytest.raises(BadInput, match="files of then"):
        submission.look_again(record, files=("*.csv",))
