"""What is said of a job that one waits for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longboat.api import Client, Job
from longboat.cli.outcome import present
from longboat.records.status import JobRecord, JobStatus
from longboat.spec.job import JobSpec, Resources


@pytest.fixture
def job(tmp_path: Path) -> Job:
    engine = Client(tmp_path / "home").engine
    spec = JobSpec(name="m", entry="m.py", kind="script", model="m", resources=Resources(0.1, 1))
    record = JobRecord(id=engine.store.new_id(), created=1.0, spec=spec, snapshot="", guest="")
    engine.store.create(record, {}, None)
    engine.store.write_status(record.id, JobStatus(state="succeeded", settled=True))
    return Job(engine, record)


@pytest.mark.parametrize("follow", [True, False])
def test_who_waits_knows_the_id_from_the_start(
    job: Job, follow: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert present(job, wait=True, follow=follow, as_json=False) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"Job {job.id} (m) is submitted."


def test_json_stays_json(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert present(job, wait=True, follow=False, as_json=True) == 0
    assert capsys.readouterr().out.startswith("{")


@pytest.mark.parametrize("how", [{"wait": True}, {"follow": True}, {}])
def test_advice_is_in_the_json_or_on_standard_error(
    job: Job, how: dict[str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"wait": False, "follow": False, **how}
    assert present(job, ["Ask for less."], **asked, as_json=True) == 0
    told = capsys.readouterr()
    assert told.out.count("Ask for less.") == 1 and told.err == ""
    assert all(json.loads(line) for line in told.out.splitlines())
    assert present(job, ["Ask for less."], **asked, as_json=False) == 0
    told = capsys.readouterr()
    assert told.err == "longboat: Ask for less.\n" and "Ask for" not in told.out
