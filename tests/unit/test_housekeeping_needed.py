"""Which snapshots are needed, and that nothing goes while that cannot be known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from records_tools import record

from longboat.cli.main import run
from longboat.engine import Engine
from longboat.errors import Broken
from longboat.housekeeping.needed import needed_snapshots
from longboat.models.record import ModelFacts
from longboat.records.layout import Home
from serving_tools import saved_models

JOB, OTHER = "a" * 10, "b" * 10
OF_JOB, OF_MODEL = "a" * 64, "c" * 64


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = Engine(Home(tmp_path / "home"))
    engine.store.create(record(JOB), {"snapshot": OF_JOB}, None)
    return engine


def needed(engine: Engine) -> frozenset[str]:
    return needed_snapshots(engine.home, engine.store, engine.models)


def test_jobs_and_models_need_theirs(engine: Engine) -> None:
    facts = ModelFacts(created=1.0, job=OTHER, attempt=1, snapshot=OF_MODEL)
    engine.models.register("m", saved_models() / "v1", facts)
    engine.models.add("made-elsewhere", saved_models() / "v1")
    assert needed(engine) == {OF_JOB, OF_MODEL}


def test_a_record_of_any_format_or_else_the_receipt_tells(engine: Engine) -> None:
    job = engine.home.run(JOB).job
    job.write_text(json.dumps({"format": 99, "snapshot": OF_MODEL}))
    assert needed(engine) == {OF_MODEL}
    job.write_bytes(b"{")
    assert needed(engine) == {OF_JOB}


def test_what_cannot_be_read_stops_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(engine.home.path))
    run_directory = engine.home.run(JOB)
    run_directory.job.write_bytes(b"{")
    run_directory.receipt.unlink()
    engine.home.snapshots.mkdir()
    with pytest.raises(Broken, match="not known which snapshot the job needs"):
        needed(engine)
    assert run(["prune"]) == 1
    assert f"longboat rm {JOB}" in capsys.readouterr().err
    engine.store.remove(JOB)
    facts = ModelFacts(created=1.0, job=OTHER, attempt=1, snapshot=OF_MODEL)
    path = engine.models.register("m", saved_models() / "v1", facts).path
    (path / "model.json").write_bytes(b"{")
    with pytest.raises(Broken, match="Until model m@1 is mended"):
        needed(engine)
