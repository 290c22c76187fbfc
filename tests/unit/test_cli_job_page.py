"""What the page of a job says to do next."""

from __future__ import annotations

import pytest

from longboat.cli.job_page import next_steps


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
