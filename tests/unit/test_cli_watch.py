"""Following and reading logs, over run directories written as the steward and guests write them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from longboat.cli.main import run
from longboat.guest import wire
from longboat.records.history import STATE
from longboat.records.layout import Home
from longboat.records.logs import LogWriter
from longboat.records.status import JobRecord, JobState, JobStatus, Progress, ReplicaStatus
from longboat.records.store import JobStore
from longboat.spec.job import JobSpec, Replica, Resources
from longboat.summoning import lock_of

WORKERS = (Replica("worker", 0), Replica("worker", 1))


class Written:
    """A job with two workers that has ended, in a home of its own."""

    def __init__(self, path: Path, state: JobState = "succeeded") -> None:
        home = Home(path)
        self.store_path = path
        self.store = JobStore(home)
        self.id = self.store.new_id()
        spec = JobSpec(
            name="digits",
            entry="digits.ipynb",
            kind="notebook",
            workers=2,
            resources=Resources(1.0, 1 << 30),
            model="digits",
        )
        record = JobRecord(id=self.id, created=time.time(), spec=spec, snapshot="s", guest="g")
        self.store.create(record, {}, None)
        self.attempt = home.run(self.id).attempt(1)
        for worker in WORKERS:
            self.attempt.replica(worker).path.mkdir(parents=True)
        self._events()
        self.log(WORKERS[0], b"epoch 1\n\x1b]0;evil\x07\x1b[31mred\x1b[0m 10%\r20%\n")
        self.log(WORKERS[1], b"hello from one\n")
        self._end(state)

    def log(self, worker: Replica, data: bytes) -> None:
        place = self.attempt.replica(worker)
        writer = LogWriter(place.log, place.log_times)
        writer.write(data)
        writer.close()

    def _events(self) -> None:
        for state, message in (("queued", "Waiting in the queue: 1 job ahead."), ("running", "")):
            self.store.append_event(
                self.id, STATE, state=state, reason="", message=message, attempt=1
            )
        events: list[tuple[str, dict[str, Any]]] = [
            (wire.CELL, {"index": 4, "of": 9, "state": "started"}),
            *((wire.PROGRESS, {"t": 10.0 * i, "done": i, "total": 8}) for i in range(1, 5)),
            (wire.METRICS, {"step": 10, "values": {"loss": 0.25}, "source": "fit"}),
            (wire.WARNING, {"message": "Careful\x1b[2J."}),
        ]
        path = str(self.attempt.replica(WORKERS[0]).events)
        for kind, fields in events:
            wire.append(path, wire.encode(kind, **fields))
        other = str(self.attempt.replica(WORKERS[1]).events)
        wire.append(other, wire.encode(wire.CELL, index=5, of=9, state="started"))

    def _end(self, state: JobState) -> None:
        now = time.time()
        message = "" if state == "succeeded" else "Cell 4 of worker-0 raised ValueError: no."
        self.store.append_event(self.id, STATE, state=state, reason="", message=message, attempt=1)
        code = 0 if state == "succeeded" else 1
        self.store.write_status(
            self.id,
            JobStatus(
                state=state,
                message=message,
                started=now - 90,
                ended=now,
                settled=True,
                replicas=tuple(ReplicaStatus("worker", i, "succeeded", code) for i in range(2)),
                progress=Progress(cell=9, cells=9),
                metrics={"loss": 0.25},
            ),
        )


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    return Written(tmp_path)


def shown(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert run(list(argv)) == code, capsys.readouterr().err
    return capsys.readouterr().out


def test_logs_name_the_replica_and_let_no_control_through(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(capsys, "logs", "digits").splitlines()
    assert lines == ["worker-0 │ epoch 1", "worker-0 │ 20% 10%", "worker-1 │ hello from one"]


def test_one_replica_needs_no_name_and_the_tail_is_the_end(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(capsys, "logs", job.id, "--replica", "worker-1") == "hello from one\n"
    assert shown(capsys, "logs", job.id, "--replica", "worker-0", "--tail", "1") == "20% 10%\n"
    assert "no replica" in _error(capsys, ["logs", job.id, "--replica", "chief-0"])
    assert "no attempt 2" in _error(capsys, ["logs", job.id, "--attempt", "2"])


def _error(capsys: pytest.CaptureFixture[str], argv: list[str]) -> str:
    assert run(argv) == 2
    return capsys.readouterr().err


def test_logs_as_json_are_one_object_a_line(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [json.loads(line) for line in shown(capsys, "logs", job.id, "--json").splitlines()]
    assert [line["replica"] for line in told] == ["worker-0", "worker-0", "worker-1"]
    assert told[2]["line"] == "hello from one" and told[2]["t"] > 0


def test_following_tells_states_cells_metrics_and_lines(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown(capsys, "logs", job.id, "--follow")
    assert "queued: Waiting in the queue: 1 job ahead." in told
    assert "cell 4 of 9" in told and "cell 5 of 9" not in told
    assert "step 10: loss 0.25 · about 40 s left" in told
    assert "worker-0: warning: Careful [2J." in told
    assert "worker-1 │ hello from one" in told
    assert "\x1b" not in told and "\r" not in told
    assert told.index("succeeded") > told.index("hello from one")
    assert f"longboat notebook {job.id}" in told


def test_a_failed_job_gives_exit_code_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    failed = Written(tmp_path, "failed")
    told = shown(capsys, "logs", failed.id, "--follow", code=1)
    assert "failed: Cell 4 of worker-0 raised ValueError: no." in told
    assert f"longboat again {failed.id}" in told


def test_following_as_json_ends_with_the_job(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(capsys, "logs", job.id, "--follow", "--json").splitlines()
    told = [json.loads(line) for line in lines]
    assert {"state", "cell", "metrics", "line", "warning"} <= {item["kind"] for item in told}
    assert told[-1]["kind"] == "job" and told[-1]["job"]["state"] == "succeeded"


def test_the_status_page_and_the_table_say_how_it_is(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown(capsys, "status", job.id)
    assert "digits" in page and "succeeded" in page and "ran for 1 min 30 s" in page
    assert f"longboat notebook {job.id}" in page
    table = shown(capsys, "jobs")
    assert table.splitlines()[1].split()[:3] == [job.id, "digits", "succeeded"]
    assert "cell 9 of 9" in table and "loss 0.25" in table


def test_a_list_that_was_cut_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    for _ in range(3):
        Written(tmp_path)
    assert "the newest 2" in shown(capsys, "jobs", "--limit", "2")
    assert "the newest" not in shown(capsys, "jobs", "--limit", "3")
    assert run(["jobs", "--limit", "2", "--json"]) == 0
    told = capsys.readouterr()
    assert len(json.loads(told.out)) == 2 and "the newest 2" in told.err


def test_a_terminal_gets_colours_and_a_pipe_none(job: Written) -> None:
    assert b"\x1b[" in _on_a_terminal(["logs", job.id, "--follow"], {})
    told = _on_a_terminal(["logs", job.id], {"NO_COLOR": "1"})
    assert b"\x1b" not in told and b"worker-1" in told


def _on_a_terminal(argv: list[str], env: dict[str, str]) -> bytes:
    """Run the command with a pseudo-terminal as its output; gives what it wrote."""
    main, replica = pty.openpty()
    code = "import sys; from longboat.cli.main import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *argv],
        stdin=replica,
        stdout=replica,
        stderr=replica,
        env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": "", **env},
    )
    os.close(replica)
    told = b""
    try:
        while data := os.read(main, 65536):
            told += data
    except OSError:
        pass  # Linux says EIO once the last writer has closed
    finally:
        os.close(main)
        assert process.wait(10) == 0
    return told


def test_an_interrupted_follower_leaves_the_job_running(tmp_path: Path) -> None:
    job = Written(tmp_path)
    now = job.store.status(job.id)
    job.store.write_status(job.id, replace(now, state="running", ended=None, settled=False))
    steward = lock_of(Home(tmp_path))
    assert steward.acquire(), "nobody else may look after this job, which no backend knows"
    code = "import sys; from longboat.cli.main import main; main(sys.argv[1:])"
    follower = subprocess.Popen(
        [sys.executable, "-c", code, "logs", job.id, "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LONGBOAT_HOME": str(tmp_path)},
        # In a shell's background job, as these tests may be, interrupts are turned off.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert follower.stdout is not None
        while b"hello from one" not in follower.stdout.readline():
            assert follower.poll() is None
        follower.send_signal(signal.SIGINT)
        told, errors = follower.communicate(timeout=10)
    finally:
        follower.kill()
        follower.wait()
        steward.release()
    assert (follower.returncode, errors) == (130, b"")
    assert f"longboat stop {job.id}" in told.decode() and "goes on" in told.decode()
    assert job.store.intent(job.id).target == "run"


def test_following_says_from_where_a_later_attempt_went_on(
    job: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    later = Home(job.store_path).run(job.id).attempt(2).replica(WORKERS[0])
    later.path.mkdir(parents=True)
    found = {"path": "backup/latest.weights.h5", "epoch": 3, "kept": True, "found": True}
    wire.append(str(later.events), wire.encode(wire.CHECKPOINT, written=5.0, **found))
    newer = {**found, "epoch": 4, "found": False}
    wire.append(str(later.events), wire.encode(wire.CHECKPOINT, written=6.0, **newer))
    said = shown(capsys, "logs", job.id, "--follow")
    assert said.count("attempt 2 went on from the checkpoint of epoch 3") == 1
    assert "epoch 4" not in said
