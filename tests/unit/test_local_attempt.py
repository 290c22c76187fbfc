"""An attempt from its start to its end, as processes of this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from local_stage import MIB, Job, Stage, stage, until

from longboat.backends.base import AttemptRef
from longboat.backends.local import supervisor
from longboat.errors import Unavailable
from longboat.guest import wire

__all__ = ["stage"]


def details(job: Job) -> dict[str, object]:
    cause = job.end().cause
    assert cause is not None
    return {"reason": cause.reason, **cause.details}


def states(job: Job) -> list[str]:
    return [replica.state for replica in job.end().replicas]


def test_replicas_see_their_place_and_their_peers(stage: Stage) -> None:
    job = stage.job("say(os.environ['LONGBOAT_CLUSTER']); say(os.getcwd())", workers=2, chief=True)
    assert job.started().end().phase == "succeeded"
    clusters = [json.loads(job.log(str(r)).splitlines()[0]) for r in job.spec.replicas]
    assert clusters[0] == clusters[1] == clusters[2]
    assert len({*clusters[0]["chief"], *clusters[0]["worker"]}) == 3
    work = job.attempt.path / "chief-0" / "work"
    assert job.log("chief-0").decode().splitlines()[1] == str(work)


def test_the_entry_is_named_relative_to_its_folder(stage: Stage) -> None:
    job = stage.job("say(Path.cwd().name); say(sys.argv[2])").started()
    assert job.end().phase == "succeeded"
    assert job.log() == b"work\nmain.py\n"


def test_the_environment_is_filtered_and_ordered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOAT_SOMETHING", "leak")
    monkeypatch.setenv("PYTHONPATH", "/leak")
    monkeypatch.setenv("TF_CONFIG", "leak")
    monkeypatch.setenv("SOMEBODYS_TOKEN", "leak")  # a secret of another job, say
    monkeypatch.setenv("XLA_FLAGS", "yes")
    job = stage.job(
        "say(json.dumps(dict(os.environ)))",
        cpu=2.0,
        env={
            **{"A": "spec", "B": "spec", "OMP_NUM_THREADS": "7", "CUDA_VISIBLE_DEVICES": "3"},
            wire.AUTOREPORT: "0",
        },
    )
    job.secrets = stage.home.path / "secret"
    job.secrets.write_text('{"B": "secret"}')
    job.started().end()
    seen = json.loads(job.log())
    assert "leak" not in "".join(seen.values())
    assert (seen["A"], seen["B"], seen["XLA_FLAGS"]) == ("spec", "secret", "yes")
    assert seen["HOME"] == os.environ["HOME"]
    assert seen[wire.AUTOREPORT] == "0"
    assert (seen["OMP_NUM_THREADS"], seen["TF_NUM_INTRAOP_THREADS"]) == ("7", "2")
    assert (seen["CUDA_VISIBLE_DEVICES"], seen["TF_GRPC_REUSE_PORT"]) == ("", "1")
    assert seen["PATH"].startswith(str(Path(sys.executable).parent))
    assert seen[wire.CHECKPOINT_DIR] == str(job.run.checkpoints)


def test_each_replica_sees_gpus_of_its_own(stage: Stage) -> None:
    holder = stage.pool.acquire(0, 0, 1)
    job = stage.job("say(os.environ['CUDA_VISIBLE_DEVICES'])", workers=3, gpu=1)
    job.started().end()
    assert sorted(job.log(f"worker-{i}") for i in range(3)) == [b"1\n", b"2\n", b"3\n"]
    holder.close()  # type: ignore[union-attr]  # it was a lease


def test_a_port_is_held_and_can_be_taken_by_the_replica(stage: Stage) -> None:
    job = stage.job(
        """
import socket
port = int(json.loads(os.environ["LONGBOAT_CLUSTER"])["worker"][0].split(":")[1])
try:
    socket.create_server(("", port))
except OSError:
    say("held")
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
server.bind(("", port)); server.listen(64); say("listening")
for _ in range(50):
    server.accept()[0].close()
"""
    ).started()
    job.said("listening")
    assert b"held" in job.log()
    port = job.facts().replicas[0].port
    for _ in range(50):
        socket.create_connection(("127.0.0.1", port or 0)).close()
    assert job.end().phase == "succeeded"


def test_no_descriptor_leaks_into_a_replica(stage: Stage) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    job = stage.job("say(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])").started()
    job.end()
    os.close(read)
    os.close(write)
    assert job.log() == b"[0, 1, 2]\n"


def test_a_missing_interpreter_is_named(stage: Stage) -> None:
    job = stage.job("", python="/nowhere/python").started()
    assert details(job) == {"reason": "interpreter-missing", "python": "/nowhere/python"}
    assert job.look().started is None
    assert states(job) == ["failed"]


def test_one_that_never_starts_ends_the_others(stage: Stage, tmp_path: Path) -> None:
    """An interpreter that lets in only whoever comes first."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nmkdir "$0.taken" || exit 126\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    job = stage.job("say('here'); hang()", workers=2, python=str(python)).started()
    found = details(job)
    assert (found["reason"], found["code"]) == ("exit-code", 126)
    assert sorted(states(job)) == ["failed", "stopped"]


def test_a_missing_snapshot_is_named(stage: Stage) -> None:
    job = stage.job("")
    job.snapshot = "0" * 64
    assert details(job.started()) == {"reason": "snapshot-missing", "snapshot": "0" * 64}
    assert states(job) == ["stopped"]


def test_the_guests_last_word_gives_the_reason(stage: Stage) -> None:
    job = stage.job(
        "last_word('failed', reason='cell-failed', cell=3, line=None, ename='E', evalue='x' * 9999,"
        " traceback='long', missing=['a', 'b']); sys.exit(1)"
    ).started()
    found = details(job)
    assert len(str(found.pop("evalue"))) == 2000
    assert found == {
        "reason": "cell-failed", "cell": 3, "ename": "E", "replica": "worker-0", "missing": "a,b"
    }  # fmt: skip


def test_a_crash_after_success_is_a_success(stage: Stage) -> None:
    job = stage.job("last_word('succeeded'); os.abort()").started()
    assert job.end().phase == "succeeded"
    assert job.end().replicas[0].exit_code == -6


def test_the_replica_that_failed_first_is_blamed(stage: Stage) -> None:
    """Worker 1 aborts because worker 0 fails, and is gone sooner."""
    job = stage.job(
        """
if me == "worker-0":
    gate("go"); last_word("failed", reason="script-failed", ename="ValueError", evalue="x")
    gate("gone"); sys.exit(1)
say("ready"); gate("go"); time.sleep(0.05); os.abort()
""",
        workers=2,
    ).started()
    job.said("ready", "worker-1")
    job.open("go")
    until(lambda: job.look().replicas[1].state == "failed")
    job.open("gone")
    found = details(job)
    assert (found["reason"], found["replica"]) == ("script-failed", "worker-0")


def test_starting_again_starts_nothing(stage: Stage) -> None:
    job = stage.job("say('x'); gate('go')", cpu=4.0).started()
    job.said("x")
    assert job.start() is None
    job.open("go")
    job.end()
    assert job.start() is None
    assert job.log() == b"x\n"


def test_a_record_that_cannot_be_written_leaves_nothing(stage: Stage) -> None:
    job = stage.job("say('x')")
    (job.run.path / "attempts").write_text("in the way")
    with pytest.raises(Unavailable, match=job.ref.job):
        job.start()
    assert job.look().phase == "absent"
    assert stage.pool.usage()["cpu"].used == 0
    (job.run.path / "attempts").unlink()
    assert job.started().end().phase == "succeeded"


def test_a_stop_reaches_the_children_of_the_session(stage: Stage) -> None:
    job = stage.job(
        "subprocess.Popen(['sh', '-c', 'trap \"echo told; exit\" TERM; echo up; while :; do sleep"
        " 0.05; done']); signal.signal(15, lambda *_: (time.sleep(0.5), os._exit(0))); hang()"
    ).started()
    job.said("up")
    job.stop()
    assert job.end().phase == "stopped"
    assert b"told" in job.log()


def test_memory_is_watched(stage: Stage) -> None:
    job = stage.job(
        "hoard = b'x' * (114 << 20); say('most'); gate('go'); more = b'x' * (60 << 20); hang()",
        memory=128 * MIB,
    ).started()
    job.said("most")
    events = job.attempt.path / "worker-0" / "events.jsonl"
    until(lambda: events.exists() and list(wire.decode(events.read_bytes())), "a warning")
    (warning,) = wire.decode(events.read_bytes())
    assert warning["kind"] == wire.WARNING and "128 MiB" in warning["message"]
    job.open("go")
    found = details(job)
    assert found["reason"] == "out-of-memory" and found["limit"] == 128 * MIB
    assert states(job) == ["failed"]
    peak = job.end().replicas[0].memory_peak
    assert peak is not None and 128 * MIB < peak < 400 * MIB and found["used"] == peak


def test_children_count_towards_the_memory(stage: Stage) -> None:
    job = stage.job(
        """
child = [sys.executable, "-c", "x = b'x' * (100 << 20); import time; time.sleep(3600)"]
for _ in range(2):
    subprocess.Popen(child, start_new_session=True)
hang()
""",
        memory=128 * MIB,
    ).started()
    assert details(job)["reason"] == "out-of-memory"


def test_cleaning_keeps_what_the_job_wrote(stage: Stage) -> None:
    job = stage.job("Path('out').mkdir(); Path('out/result').write_text('42')").started()
    job.end()
    work = job.attempt.path / "worker-0" / "work"
    (job.attempt.path / ".supervisor.json.torn").touch()
    assert (work / "main.py").exists()
    stage.backend().clean(job.ref)
    stage.backend().clean(job.ref)
    assert sorted(p.name for p in work.rglob("*")) == ["out", "result"]
    assert job.look().phase == "absent"
    assert not list(job.attempt.path.glob(".*"))
    assert job.start() is None, "an attempt that was cleaned is not begun again"
    assert job.look().phase == "absent"


def test_cleaning_keeps_files_of_the_snapshot_that_the_job_changed(stage: Stage) -> None:
    job = stage.job("Path('main.py').write_text('changed')").started()
    job.end()
    stage.backend().clean(job.ref)
    assert (job.attempt.path / "worker-0" / "work" / "main.py").read_text() == "changed"


def test_cleaning_a_running_attempt_changes_nothing(stage: Stage) -> None:
    job = stage.job("say('x'); gate('go')").started()
    job.said("x")
    stage.backend().clean(job.ref)
    assert job.look().phase == "running"
    job.open("go")
    assert job.end().phase == "succeeded"


def test_a_damaged_record_is_an_end(stage: Stage) -> None:
    job = stage.job("subprocess.Popen(['setsid', 'sleep', '3600']); say('x'); hang()").started()
    job.said("x")
    record, infrastructure = job.attempt.supervisor, job.infrastructure()
    for pid in infrastructure:
        os.kill(pid, signal.SIGKILL)
    whole = record.read_bytes()
    record.write_bytes(whole[:100])
    assert details(job)["reason"] == "supervisor-lost"
    assert not job.processes()
    record.write_bytes(whole)


def test_unknown_attempts_are_absent(stage: Stage) -> None:
    ref = AttemptRef("nobody", 7)
    assert stage.backend().observe([ref])[ref].phase == "absent"
    stage.backend().stop(ref)
    stage.backend().clean(ref)


def test_everything_impossible_is_said_at_once(stage: Stage) -> None:
    spec = stage.job("", workers=9, cpu=1.0, memory=4 << 30, gpu=1, python="python3").spec
    problems = stage.backend().check(spec)
    assert [problem.field for problem in problems] == ["cpu", "memory", "gpu", "python"]
    assert "9 cores" in problems[0].message and "4 cores" in problems[0].message


def test_what_is_heard_while_memory_is_sampled_is_written_down(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_SAMPLE_SECONDS", 0.0)  # every turn of the loop is a sample
    job = stage.job("gate('go')").started()
    until(lambda: job.look().phase == "running", "it runs")
    assert job.look().started is not None, "deadlines count from here"
    job.open("go")
    assert job.end().phase == "succeeded"


def test_an_environment_that_is_too_large_is_not_a_missing_interpreter(stage: Stage) -> None:
    job = stage.job("say('hi')", env={f"V{number}": "x" * 100_000 for number in range(40)})
    job.started().end()
    assert details(job)["reason"] == "start-failed"
    assert "Argument list too long" in str(details(job)["error"])
