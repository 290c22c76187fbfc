"""What an attempt's replicas report, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from longboat.guest import wire
from longboat.jobs.reports import Reports
from longboat.records.layout import AttemptDirectory
from longboat.spec.job import JobSpec, Replica, Resources


def report(attempt: AttemptDirectory, role: str, index: int = 0, **values: float) -> None:
    folder = attempt.replica(Replica(role, index))  # type: ignore[arg-type]
    folder.path.mkdir(parents=True, exist_ok=True)
    line = wire.encode(wire.METRICS, step=1, values=values, source="report")
    wire.append(str(folder.events), line)


def spec(**asked: Any) -> JobSpec:
    fields: dict[str, Any] = {"name": "m", "entry": "m.py", "kind": "script", "model": "m"}
    return JobSpec(resources=Resources(1.0, 1), **fields, **asked)


def test_an_evaluators_metrics_are_under_its_role(tmp_path: Path) -> None:
    attempt = AttemptDirectory(tmp_path)
    reports = Reports(attempt, spec(workers=2, evaluator=True))
    assert reports.read(fresh=True).metrics == {}
    report(attempt, "worker", accuracy=0.5, loss=1.0)
    report(attempt, "worker", 1, accuracy=0.1)
    report(attempt, "evaluator", accuracy=0.4)
    assert reports.read(fresh=True).metrics == {
        "accuracy": 0.5,
        "loss": 1.0,
        "evaluator/accuracy": 0.4,
    }


def test_what_was_fetched_is_read_from_its_beginning(tmp_path: Path) -> None:
    attempt = AttemptDirectory(tmp_path)
    report(attempt, "worker", last=9)
    reports = Reports(attempt, spec())
    assert reports.read(fresh=True).metrics == {"last": 9}
    (tmp_path / "worker-0").rename(tmp_path / "before")
    report(attempt, "worker", lost=1)
    report(attempt, "worker", last=9)
    assert reports.read(fresh=True).metrics == {"lost": 1, "last": 9}
