"""What the doctor says of homes and interpreters that are whole, foreign or broken."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from longboat.backends.local.pool_file import POOL
from longboat.cli.main import run
from longboat.doctor import examine, interpreter, machine, state
from longboat.doctor.finding import Finding
from longboat.doctor.orphans import orphans
from longboat.guest import wire
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobStatus
from longboat.records.store import JobStore
from longboat.spec.job import JobSpec, Resources
from longboat.summoning import lock_of

AREAS = {"platform", "interpreter", "tensorflow", "ipython", "memory", "gpu", "disk", "home"} | {
    "index",
    "models",
    "steward",
    "orphans",
    "leases",
    "leftovers",
    "locks",
    "retention",
    "snapshots",
}


@pytest.fixture(autouse=True)
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool of this test's own: what others hold of the machine's must not show."""
    monkeypatch.setenv(POOL, str(tmp_path / "pool"))


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """An interpreter without any package: a stand-in that answers the probe as one would."""
    return script(
        tmp_path / "python",
        f"import os, sys; os.execv({sys.executable!r}, ['python', '-I', '-S', *sys.argv[1:]])",
    )


def record(home: Home, status: JobStatus) -> str:
    store = JobStore(home)
    spec = JobSpec(
        name="n", entry="n.ipynb", kind="notebook", resources=Resources(1.0, 1), model="n"
    )
    job = JobRecord(id=store.new_id(), created=1.0, spec=spec, snapshot="s", guest="g")
    store.create(job, {}, None)
    store.write_status(job.id, status)
    return job.id


def test_a_bare_interpreter_lacks_things_that_are_named(bare_python: str) -> None:
    found = {finding.area: finding for finding in interpreter.examine(bare_python)}
    assert found["interpreter"].state == "ok"
    assert found["tensorflow"].state == "warn" and "pip install" in found["tensorflow"].fix
    assert found["ipython"].state == "warn"
    assert "keras" not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [("raise SystemExit(3)", "code 3"), ("print('hello')", "code 0")],
)
def test_a_broken_interpreter_is_told(tmp_path: Path, text: str, words: str) -> None:
    (found,) = interpreter.examine(script(tmp_path / "python", text))
    assert (found.area, found.state) == ("interpreter", "bad")
    assert words in found.message


def test_an_import_that_kills_the_process_is_told(tmp_path: Path) -> None:
    answer = {
        "python": [3, 11, 0],
        "tensorflow": "2.0",
        "keras": "3.0",
        "ipython": None,
        "import_error": "the import ended the process",
        "keras_sources": {},
    }
    text = f"import os; print({json.dumps(answer)!r}, flush=True); os.kill(os.getpid(), 4)"
    found = {f.area: f for f in interpreter.examine(script(tmp_path / "python", text))}
    assert found["tensorflow"].state == "bad" and "ended the process" in found["tensorflow"].message


def test_a_missing_interpreter_is_told(tmp_path: Path) -> None:
    (found,) = interpreter.examine(str(tmp_path / "absent"))
    assert found.state == "bad" and "cannot be run" in found.message


def one(findings: object) -> Finding:
    assert hasattr(findings, "__iter__")
    (found,) = findings
    assert isinstance(found, Finding)
    return found


def test_homes_are_judged(tmp_path: Path) -> None:
    assert "will be made" in one(machine.home(tmp_path / "new")).message
    open_home = tmp_path / "open"
    open_home.mkdir()
    open_home.chmod(0o777)
    assert "Others may write" in one(machine.home(open_home)).message
    open_home.chmod(stat.S_IRWXU)
    assert one(machine.home(open_home)).state == "ok"


def test_a_damaged_index_and_a_damaged_record_are_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert one(state.index(tmp_path)).state == "ok"
    job_id = record(home, JobStatus(state="succeeded", settled=True))
    JobIndex(home, JobStore(home)).list()
    assert "1 job" in one(state.index(tmp_path)).message
    index = home.local / "index.sqlite"
    whole = index.read_bytes()
    index.write_bytes(b"nonsense" * 1000)
    assert one(state.index(tmp_path)).state == "warn"
    index.write_bytes(whole)
    home.run(job_id).job.write_bytes(b"{")
    index.unlink()
    found = one(state.index(tmp_path))
    assert found.state == "bad" and job_id in found.message


def test_the_steward_is_seen(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert "none is needed" in one(state.steward(tmp_path)).message
    lock = lock_of(home)
    assert lock.acquire()
    assert "at work" in one(state.steward(tmp_path)).message
    lock.release()
    record(home, JobStatus(state="running"))
    assert one(state.steward(tmp_path)).state == "warn"


def test_a_process_that_outlived_its_job_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    job_id = record(home, JobStatus(state="failed", ended=time.time() - 60, settled=True))
    folder = home.run(job_id).attempt(1).path / "worker-0"
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env={**os.environ, wire.JOB_ID: job_id, wire.REPLICA_DIR: str(folder)},
    )
    try:
        found = one(orphans(tmp_path))
        assert found.state == "bad" and str(process.pid) in found.message
        assert one(orphans(tmp_path / "elsewhere")).state == "ok"
    finally:
        process.communicate(b"\n")
    assert one(orphans(tmp_path)).state == "ok"


def test_an_examination_looks_at_everything(tmp_path: Path, bare_python: str) -> None:
    findings = examine(tmp_path / "home", bare_python)
    assert {finding.area for finding in findings} == AREAS
    assert all(finding.message.endswith((".", "…")) for finding in findings)
    assert not (tmp_path / "home").exists(), "looking changes nothing"


def test_the_command_says_it(
    tmp_path: Path,
    bare_python: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path / "home"))
    assert run(["doctor", "--python", bare_python, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert all(set(one) == {"area", "state", "message", "fix"} for one in told)
    assert run(["doctor", "--python", str(tmp_path / "absent")]) == 1
    assert "cannot be run" in capsys.readouterr().out
