"""Retention carried out: what goes is noted and gone, whoever is killed; what must stay stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from effects import killed_at
from housekeeping_tools import Rooms

from longboat.api import Client
from longboat.cli.main import run
from longboat.errors import BadInput, Broken
from longboat.models.record import Lineage, ModelFacts
from longboat.records.status import JobStatus
from longboat.spec.retention import retention_file
from longboat.summoning import lock_of
from serving_tools import saved_models

A, B, C, D = ("a" * 10, "b" * 10, "c" * 10, "d" * 10)


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    """Three ended jobs of one name with a snapshot each, and one that runs."""
    made = Rooms(tmp_path)
    # A steward would find that nothing runs, and prune by itself.
    steward = lock_of(made.engine.home)
    assert steward.acquire()
    for number, job_id in enumerate((A, B, C)):
        made.job(job_id, f"x = {number}", created=number, log=40)
    made.job(D, "x = 0", JobStatus(state="running"), created=9.0)
    yield made
    steward.release()


def keep(rooms: Rooms, text: str) -> None:
    retention_file(rooms.engine.home.path).write_text(text)


def left(rooms: Rooms) -> set[str]:
    """Which jobs are there, all with a whole snapshot."""
    ids = set(rooms.engine.store.ids())
    for job_id in ids:
        snapshot = rooms.engine.store.read(job_id).snapshot
        for file in rooms.engine.snapshots.manifest(snapshot).files:
            rooms.engine.snapshots.blobs.read(file.sha256)
    assert {job.id for job in Client(rooms.engine.home.path).jobs()} == ids
    return ids


def test_by_default_nothing_goes(rooms: Rooms) -> None:
    assert rooms.client.prune().jobs == ()
    assert left(rooms) == {A, B, C, D}


def test_what_is_not_kept_goes_with_its_snapshot_and_is_noted(rooms: Rooms) -> None:
    keep(rooms, "jobs_per_name = 1\n")
    shown = rooms.client.prune(dry_run=True)
    assert [job.job for job in shown.jobs] == [A, B]
    assert left(rooms) == {A, B, C, D} and rooms.client.removed() == []
    usage = rooms.client.usage()
    assert (
        "2 jobs that retention.toml"
        in {f.command: f.what for f in usage.freeable}["longboat prune"]
    )
    assert rooms.client.prune() == shown
    assert left(rooms) == {C, D}
    noted = rooms.client.removed()
    assert [(line["job"], line["name"], line["reason"]) for line in noted] == [
        (job_id, "digits", "Of each name 1 ended jobs are kept.") for job_id in (A, B)
    ]
    assert len(rooms.engine.snapshots.addresses()) == 2, "one of them the running job shares"
    assert rooms.client.prune().jobs == ()


def test_a_disk_budget(rooms: Rooms) -> None:
    keep(rooms, 'disk = "1Mi"\n')
    assert rooms.client.prune().jobs == ()
    rooms.job("e" * 10, "x = 4", created=5.0, work=1000)
    assert [job.job for job in rooms.client.prune().jobs] == [A, B, C]
    assert left(rooms) == {"e" * 10, D}


def test_a_pinned_job_stays(rooms: Rooms) -> None:
    keep(rooms, f'jobs_per_name = 1\npinned = ["{A}"]\n')
    assert [job.job for job in rooms.client.prune().jobs] == [B]


def model_of(rooms: Rooms, job_id: str, lineage: bool) -> None:
    record = rooms.engine.store.read(job_id)
    facts = ModelFacts(created=1.0, job=job_id, attempt=1, snapshot=record.snapshot)
    receipt = {"entry": "digits.ipynb", "parameters": {"lr": 0.1}, "git": None, "who": "me@here"}
    own = Lineage(job=record, receipt=receipt) if lineage else None
    rooms.engine.models.register("m", saved_models() / "v1", facts, lineage=own)


def test_a_model_without_its_own_lineage_keeps_its_job_and_one_with_it_its_snapshot(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(rooms.engine.home.path))
    snapshot = rooms.engine.store.read(B).snapshot
    model_of(rooms, A, lineage=False)
    model_of(rooms, B, lineage=True)
    keep(rooms, "jobs_per_name = 1\n")
    assert [job.job for job in rooms.client.prune().jobs] == [B]
    assert left(rooms) == {A, C, D}
    assert rooms.engine.snapshots.manifest(snapshot).files
    assert run(["model", "m", "2"]) == 0
    assert "From digits.ipynb with lr=0.1, by me@here." in capsys.readouterr().out
    assert run(["model", "m", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lineage"]["job"]["id"] == B


def test_a_model_that_cannot_be_read_and_a_mistake_in_the_file_stop_it(rooms: Rooms) -> None:
    model_of(rooms, A, lineage=True)
    keep(rooms, "jobs_per_name = 1\n")
    record = rooms.engine.models.get("m").path / "model.json"
    whole = record.read_bytes()
    record.write_bytes(b"{")
    with pytest.raises(Broken, match="Until model m@1 is mended"):
        rooms.client.prune()
    record.write_bytes(whole)
    keep(rooms, "jobs_per_name = none\n")
    with pytest.raises(BadInput, match="not TOML"):
        rooms.client.prune()
    assert left(rooms) == {A, B, C, D}


def test_a_job_that_cannot_be_read_stays_and_holds_no_other_up(rooms: Rooms) -> None:
    rooms.engine.home.run(A).status.write_bytes(b"{")
    keep(rooms, "jobs_per_name = 1\n")
    assert [job.job for job in rooms.client.prune().jobs] == [B]
    assert rooms.engine.home.run(A).path.is_dir()


def test_it_is_killed_at_each_effect(tmp_path: Path) -> None:
    """What must stay is whole after every death; what went was noted, and the next completes it."""
    effect, killed = 0, True
    while killed:
        effect += 1
        rooms = Rooms(tmp_path / str(effect))
        for number, job_id in enumerate((A, B)):
            rooms.job(job_id, f"x = {number}", created=number, log=1)
        keep(rooms, "jobs_per_name = 1\n")
        killed = killed_at(effect, rooms.engine.home.path, rooms.client.prune)
        ids = left(rooms)
        assert B in ids
        assert A in ids or [line["job"] for line in rooms.client.removed()] == [A]
        rooms.client.prune()
        rooms.engine.store.sweep()
        assert left(rooms) == {B}
        assert [line["job"] for line in rooms.client.removed()] == [A], f"killed at {effect}"
        assert len(rooms.engine.snapshots.addresses()) == 1
        assert [path.name for path in rooms.engine.home.jobs.iterdir()] == [B]
    assert effect > 8, "there is less to survive than there was"


def test_the_command_tells_what_went_and_what_had_gone(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(rooms.engine.home.path))
    keep(rooms, "jobs_per_name = 2\n")
    assert run(["prune", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert A in told and "Of each name 2" in told and "Would be removed: 1 job;" in told
    assert run(["prune"]) == 0
    told = capsys.readouterr().out
    assert "Removed: 1 job;" in told and "before" not in told
    keep(rooms, "jobs_per_name = 1\n")
    assert run(["prune"]) == 0
    told = capsys.readouterr().out
    assert "Removed: 1 job and 1 snapshot that nobody needs;" in told
    assert B in told and "Removed before this: 1 job" in told
    assert run(["prune", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [line["job"] for line in told["before"]] == [A, B]
    assert (told["jobs"], told["snapshots"], told["size"]) == ([], [], 0)
    assert run(["prune"]) == 0
    assert "Everything here is needed" in capsys.readouterr().out
    keep(rooms, "jobs = 1\n")
    assert run(["prune"]) == 2
    assert "no such key" in capsys.readouterr().err
