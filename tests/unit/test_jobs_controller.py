"""The controller when something cannot be read or done."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from msgspec.structs import replace

from longboat import summoning
from longboat.api import Client, Job
from longboat.backends.base import AttemptRef, ModelNote
from longboat.backends.local.backend import LocalBackend
from longboat.engine import Engine
from longboat.errors import Conflict, Unavailable
from longboat.jobs.controller import JobController
from longboat.records.status import JobRecord, JobStatus
from longboat.spec.job import JobSpec, Resources


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Client(tmp_path / "home").engine


def create(engine: Engine, status: JobStatus | None = None) -> JobRecord:
    spec = JobSpec(name="m", entry="m.py", kind="script", model="m", resources=Resources(0.1, 1))
    record = JobRecord(id=engine.store.new_id(), created=1.0, spec=spec, snapshot="", guest="")
    engine.store.create(record, {}, None)
    if status is not None:
        engine.store.write_status(record.id, status)
    return record


NO_MODELS = (lambda *_: None, lambda *_: None)


def controller(engine: Engine) -> JobController:
    backends = {"local": LocalBackend(engine.home, steward=())}
    return JobController(engine.home, engine.store, engine.index, backends, *NO_MODELS)


def test_a_job_whose_status_is_damaged_later_holds_nobody_up(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    record = create(engine, JobStatus(state="running", ending="stopped-by-user"))
    moving = controller(engine)
    moving._discover()
    assert moving.unfinished == 1
    engine.home.run(record.id).status.write_bytes(b"{")
    for _ in range(5):
        moving.step()
    assert moving.unfinished == 0, "the steward would stay for ever"
    assert len(caplog.records) == 1


@pytest.mark.parametrize("error", [Unavailable("not now"), ValueError("a bug")])
def test_what_fails_again_and_again_is_not_logged_each_time(
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    tried: list[object] = []

    def start(*_: object) -> None:
        tried.append(_)
        raise error

    monkeypatch.setattr(LocalBackend, "start", start)
    create(engine)
    moving = controller(engine)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            moving.step()
    assert len(tried) == 5
    assert len(caplog.records) == 1


def test_a_job_that_the_steward_removes_meanwhile_is_removed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = create(engine, JobStatus(state="succeeded", settled=True))
    want = engine.store.want

    def want_and_be_overtaken(*given: object) -> None:
        want(*given)  # type: ignore[arg-type]  # as it was called
        engine.store.remove(record.id)

    monkeypatch.setattr(engine.store, "want", want_and_be_overtaken)
    Job(engine, record).remove()
    assert engine.index.list() == []


def test_a_busy_index_does_not_make_a_durable_job_a_refused_one(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources").mkdir()
    script = tmp_path / "sources" / "script.py"
    script.write_text("print('done')\n")
    woken: list[object] = []
    monkeypatch.setattr(summoning, "ensure", woken.append)

    def put(*_: object) -> None:
        raise Unavailable("in use")

    with monkeypatch.context() as patched:
        patched.setattr(engine.index, "put", put)
        record = engine.submission.commit(engine.submission.plan(script))
    assert woken, "it would wait for the next call of anybody"
    assert [entry.record.id for entry in engine.index.list()] == [record.id]


def test_a_removal_outlives_a_steward_that_is_killed_before_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = create(engine, JobStatus(state="stopped"))
    engine.store.want(record.id, "remove")

    def killed(_: str) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(engine.store, "remove", killed)
        moving = controller(engine)
        with pytest.raises(SystemExit):
            for _ in range(5):
                moving.step()
    assert engine.anything_unfinished(), "nobody would start another steward"
    successor = controller(engine)
    successor.step()
    assert engine.store.ids() == []
    assert successor.unfinished == 0


class Mute(LocalBackend):
    """Where nobody may be told of models."""

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        raise Conflict("Notes are not taken here.")


def test_a_model_of_which_nobody_may_be_told_is_still_there(engine: Engine) -> None:
    done = JobStatus(state="succeeded", model="m@1", ended=1.0)
    record = create(engine, done)
    note = ModelNote(name="m", version=1, host="", path="", snapshot="")
    backends = {"local": Mute(engine.home, steward=())}
    models = (lambda *_: None, lambda *_: note)
    steward = JobController(engine.home, engine.store, engine.index, backends, *models)
    while steward.step():
        pass
    assert engine.store.status(record.id) == replace(done, settled=True)
    (warning,) = (each for each in engine.store.events(record.id) if each["kind"] == "warning")
    assert warning["message"] == "m@1 is not noted on local: Notes are not taken here."
