"""What the disk refuses becomes a sentence, and nothing is half there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from longboat.api import Client
from longboat.backends.base import AttemptRef
from longboat.backends.local.backend import LocalBackend
from longboat.cli.faults import report
from longboat.errors import Unavailable
from longboat.jobs.actions import Succeed
from longboat.jobs.executor import Executor
from longboat.records.status import JobRecord, JobStatus
from longboat.spec.job import JobSpec, Resources


def test_a_job_that_cannot_be_written_down(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    script = tmp_path / "sources" / "script.py"
    script.write_text("print('done')\n")
    client = Client(tmp_path / "home")
    plan = client.plan(script)
    client.engine.home.jobs.write_bytes(b"no folder")
    with pytest.raises(Unavailable, match=r"The job cannot be written to .*: File exists\."):
        client.commit(plan)
    client.engine.home.jobs.unlink()
    assert client.jobs() == []


def test_a_model_for_which_there_is_no_space(tmp_path: Path) -> None:
    engine = Client(tmp_path / "home").engine
    spec = JobSpec(name="m", entry="m.py", kind="script", model="m", resources=Resources(0.1, 1))
    record = JobRecord(id=engine.store.new_id(), created=1.0, spec=spec, snapshot="", guest="")
    engine.store.create(record, {}, None)

    def register(_: JobRecord, __: JobStatus) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "models/m")

    executor = Executor(engine.home, engine.store, engine.index, register, lambda *_: None)
    before, after = JobStatus(state="running"), JobStatus(state="succeeded", ended=2.0)
    action = Succeed(AttemptRef(record.id, 1), after)
    executor.execute(action, record, before, LocalBackend(engine.home, steward=()))
    status = engine.store.status(record.id)
    assert (status.state, status.reason) == ("failed", "model-not-registered")
    assert "registered: No space left on device: models/m." in status.message


def test_a_log_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "cli.log").symlink_to("/dev/full")
    assert report(OSError(errno.ENOSPC, "No space left on device"), as_json=False) == 1
    assert "No space left on device" in capsys.readouterr().err
