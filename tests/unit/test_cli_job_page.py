"""What the page of a job says to do next."""

from __future__ import annotations

import time

import pytest
from records_tools import record

from longboat.cli.job_page import page
from longboat.jobs.view import describe
from longboat.records.status import Checkpoint, JobStatus
from longboat.views.next_steps import next_steps


@pytest.mark.parametrize(
    ("entry", "model", "steps"),
    [
        ("a.ipynb", None, ["longboat notebook j", "longboat files j"]),
        ("a.ipynb", "m@1", ["longboat deploy m@1 --wait", "longboat notebook j"]),
        ("a.py", None, ["longboat logs j", "longboat files j"]),
        ("a.py", "m@1", ["longboat deploy m@1 --wait", "longboat logs j"]),
    ],
)
def test_a_script_leaves_no_notebook(entry: str, model: str | None, steps: list[str]) -> None:
    job = {"id": "j", "state": "succeeded", "entry": entry, "model": model}
    assert next_steps(job) == steps


def lines_of(**status: object) -> list[str]:
    made = JobStatus(state="running", started=1.0, **status)  # type: ignore[arg-type]
    return list(page(describe(record("a" * 10), made)))


def test_the_page_says_from_where_an_attempt_went_on() -> None:
    found = Checkpoint(time.time() - 300, "backup/latest.weights.h5", 3)
    went_on = lines_of(attempt=3, displaced=2, begun=3, resumed=found)
    assert any("attempt 3 of 3" in line for line in went_on)
    assert "Attempt 3 went on from the checkpoint of epoch 3, written 5 min ago." in went_on
    assert "Ended by the machine or the cluster, which costs no retry: 2 attempts." in went_on
    assert "Attempt 2 started from the beginning." in lines_of(attempt=2, begun=2)
    assert not any("beginning" in line for line in lines_of(attempt=2, begun=1))
