"""``doctor --fix``: each thing is found, mended and then well; what lives is not touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from records_tools import record
from snapshots_tools import notebook

from longboat.cli import checkup
from longboat.cli.main import run
from longboat.doctor import state
from longboat.doctor.finding import Finding
from longboat.doctor.leftovers import leftovers, snapshots
from longboat.doctor.locks import locks
from longboat.doctor.orphans import orphans
from longboat.engine import Engine
from longboat.errors import Unavailable
from longboat.guest import wire
from longboat.records.layout import Home
from longboat.records.status import JobStatus
from longboat.steward import LINGER
from longboat.summoning import lock_of
from longboat.system.locks import FileLock
from serving_tools import saved_models, wait_for

ENDED = JobStatus(state="succeeded", ended=10.0, settled=True)
LIVES = JobStatus(state="running")
JOB, OTHER = "a" * 10, "b" * 10
TWO_DAYS_AGO = time.time() - 48 * 3600


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv(LINGER, "0")
    return Engine(Home(tmp_path / "home"))


def job(engine: Engine, job_id: str, status: JobStatus) -> None:
    engine.store.create(record(job_id), {}, None)
    engine.store.write_status(job_id, status)


def one(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


def mend(finding: Finding) -> str:
    assert finding.state != "ok" and finding.mend is not None
    return finding.mend()


def old(path: Path, *, folder: bool = False) -> Path:
    """Make something that has not been touched for two days."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if folder else path.write_text("half")
    os.utime(path, (TWO_DAYS_AGO, TWO_DAYS_AGO))
    return path


@contextmanager
def process_of(engine: Engine, job_id: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that a job has started."""
    folder = engine.home.run(job_id).attempt(1).path / "worker-0"
    environment = {**os.environ, wire.JOB_ID: job_id, wire.REPLICA_DIR: str(folder)}
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        marked = f"/proc/{process.pid}/environ"
        wait_for(lambda: job_id.encode() in Path(marked).read_bytes())
        yield process
        process.kill()


def test_processes_of_ended_jobs_are_ended_and_no_others(engine: Engine) -> None:
    job(engine, JOB, ENDED)
    job(engine, OTHER, LIVES)
    with process_of(engine, JOB) as left, process_of(engine, OTHER) as lives:
        assert str(left.pid) in mend(one(orphans(engine.home.path)))
        assert left.wait(5) == -9
        assert lives.poll() is None
        assert one(orphans(engine.home.path)).state == "ok"


def test_a_process_whose_job_is_seen_to_live_meanwhile_is_left_alone(engine: Engine) -> None:
    job(engine, JOB, ENDED)
    with process_of(engine, JOB) as process:
        found = one(orphans(engine.home.path))
        engine.store.write_status(JOB, LIVES)
        assert "by themselves" in mend(found)
        assert process.poll() is None


def test_what_crashes_have_left_is_removed_and_nothing_else(engine: Engine) -> None:
    home, model = engine.home, saved_models() / "v1"
    job(engine, JOB, ENDED)
    job(engine, OTHER, LIVES)
    engine.models.add("m", model)
    incoming = engine.models.get("m").path.parent / f"{_incoming(engine)}abc"
    gone = [
        old(home.jobs / ".new-abc-1", folder=True),
        old(home.jobs / ".trash-abc-1", folder=True),
        old(home.secrets / "cccccccccc.json"),
        old(home.services / ".gone-1", folder=True),
        old(home.run(JOB).path / ".intent.json.0123456789ab"),
        old(incoming, folder=True),
    ]
    young = home.jobs / ".new-abc-2"
    young.mkdir()
    stays = [
        young,
        old(home.run(OTHER).path / ".status.json.0123456789ab"),
        old(home.run(JOB).path / ".bashrc"),
        old(home.secrets / f"{OTHER}.json"),
    ]
    found = one(leftovers(home.path))
    assert "6 things" in found.message
    assert mend(found) == "Removed: 6."
    assert not any(path.exists() for path in gone) and all(path.exists() for path in stays)
    assert one(leftovers(home.path)).state == "ok"
    assert engine.models.get("m").version == 1


def _incoming(engine: Engine) -> str:
    from longboat.models import store

    return store._incoming_prefix()


def test_what_a_registrar_is_copying_is_not_left_behind(engine: Engine) -> None:
    engine.models.add("m", saved_models() / "v1")
    incoming = old(engine.home.models / "m" / f"{_incoming(engine)}abc", folder=True)
    found = one(leftovers(engine.home.path))
    with engine.models.lock("m").hold(1.0):
        assert one(leftovers(engine.home.path)).state == "ok"
        mend(found)
        assert incoming.exists()
    assert "1" in mend(one(leftovers(engine.home.path)))
    assert not incoming.exists()


def test_a_damaged_index_is_built_anew(engine: Engine) -> None:
    job(engine, JOB, ENDED)
    engine.index.list()
    (engine.home.local / "index.sqlite").write_bytes(b"nonsense" * 1000)
    assert "1 job" in mend(one(state.index(engine.home.path)))
    assert one(state.index(engine.home.path)).state == "ok"


def test_a_record_that_cannot_be_read_is_for_a_person(engine: Engine) -> None:
    job(engine, JOB, ENDED)
    engine.home.run(JOB).job.write_bytes(b"{")
    found = one(state.index(engine.home.path))
    assert found.state == "bad" and found.mend is None
    assert "a person" in checkup._mend(found).outcome


def test_snapshots_that_nobody_needs_are_removed(engine: Engine, tmp_path: Path) -> None:
    entry = tmp_path / "a.ipynb"
    entry.write_text(notebook("x = 1"))
    kept = engine.snapshots.take(entry).address
    engine.store.create(replace(record(JOB), snapshot=kept), {}, None)
    entry.write_text(notebook("x = 2"))
    engine.snapshots.take(entry)
    assert "free again" in mend(one(snapshots(engine.home.path)))
    assert engine.snapshots.addresses() == [kept]
    assert one(snapshots(engine.home.path)).state == "ok"


def test_locks_of_what_has_gone_are_removed_and_held_ones_are_not(engine: Engine) -> None:
    local = engine.home.local
    engine.models.add("m", saved_models() / "v1")
    names = ("models/gone.lock", "services/gone.lock", "services/gone.predictor")
    gone = [local / name for name in names]
    held = FileLock(local / "services" / "held.predictor")
    for path in gone:
        lock = FileLock(path)
        assert lock.acquire()
        lock.release()
    assert held.acquire()
    found = one(locks(engine.home.path))
    assert "3 locks" in found.message
    assert mend(found) == "Removed: 3."
    assert not any(path.exists() for path in gone)
    assert held.path.exists() and engine.models.lock("m").path.exists()
    held.release()
    assert "1 lock" in one(locks(engine.home.path)).message


def test_a_lock_that_is_taken_meanwhile_stays(engine: Engine) -> None:
    path = engine.home.local / "services" / "again.lock"
    lock = FileLock(path)
    assert lock.acquire()
    lock.release()
    found = one(locks(engine.home.path))
    assert lock.acquire()
    assert mend(found) == "Removed: 0. In use again: 1."
    lock.release()
    (engine.home.services / "again").mkdir(parents=True)
    assert mend(found).startswith("Removed: 0.")
    assert path.exists()


def test_a_steward_is_started_where_one_is_needed(engine: Engine) -> None:
    job(engine, JOB, LIVES)
    assert mend(one(state.steward(engine.home.path))) == "A steward is started."
    wait_for(lambda: engine.store.status(JOB).settled)
    wait_for(lambda: not lock_of(engine.home).held())


def test_the_command_says_what_it_did_and_why_not(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> str:
        raise Unavailable("It is busy.")

    findings = [
        Finding("a", "ok", "All is well."),
        Finding("b", "bad", "It is broken.", "Do this.", lambda: "It is whole."),
        Finding("c", "warn", "It is odd.", "Do that.", refuse),
        Finding("d", "warn", "It is yours.", "Do it yourself."),
    ]
    monkeypatch.setattr("longboat.doctor.examine", lambda *_: findings)
    assert run(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert all(set(each) == {"area", "state", "message", "fix"} for each in told)
    assert run(["doctor", "--fix", "--json"]) == 0, "what was bad is mended"
    told = json.loads(capsys.readouterr().out)
    assert [each["mended"] for each in told] == [False, True, False, False]
    assert [each["outcome"] for each in told] == [
        *("", "Mended. It is whole.", "Not mended: It is busy."),
        "Not mended: that is for a person to do.",
    ]
    assert run(["doctor", "--fix"]) == 0
    shown = capsys.readouterr().out
    assert "Do this." not in shown and "Do that." in shown and "Do it yourself." in shown


def test_on_a_cluster_nothing_is_mended(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--fix", "--on", "team"]) == 2
    assert "leave out --fix" in capsys.readouterr().err
