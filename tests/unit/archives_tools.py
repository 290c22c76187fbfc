"""A home with a job in it that has ended, made without running anything."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from snapshots_tools import notebook

from longboat.api import Client, Job
from longboat.records.layout import Home, ReplicaDirectory
from longboat.records.status import JobRecord, JobStatus, ReplicaStatus
from longboat.spec.job import JobSpec, Resources

JOB = "abcdefghij"
LOG = b"epoch 1\n\xff\x1b[31mred\n"
SOURCES = ("import longboat\np = longboat.params(lr=0.5)", "print(2)")
METRICS = {"loss": 0.25, "diverged": None}


def write_notebook(folder: Path, *sources: str) -> Path:
    """A folder with a notebook, a text and a tool."""
    folder.mkdir(exist_ok=True)
    (folder / "digits.ipynb").write_text(notebook(*(sources or SOURCES)))
    (folder / "data.csv").write_text("a,b\n1,2\n")
    (folder / "tool.sh").write_text("#!/bin/sh\n")
    (folder / "tool.sh").chmod(0o755)
    return folder / "digits.ipynb"


def ended(home: Path, entry: Path, job_id: str = JOB, **changes: Any) -> Job:
    """Make a failed job of the notebook; ``changes`` are to its specification."""
    client = Client(home)
    engine = client.engine
    snapshot = engine.snapshots.take(entry, [path.name for path in entry.parent.iterdir()])
    asked: dict[str, Any] = {
        "name": "digits",
        "model": "digits",
        "parameters": {"lr": 0.1},
        "env": {"MODE": "fast"},
        "secrets": ("TOKEN",),
        "python": "/opt/elsewhere/bin/python",
        "retries": 1,
    }
    spec = JobSpec(
        entry=snapshot.entry,
        kind="notebook",
        resources=Resources(cpu=0.5, memory=1 << 28),
        **(asked | changes),
    )
    record = JobRecord(
        id=job_id, created=1000.0, spec=spec, snapshot=snapshot.address, guest="b" * 64
    )
    receipt = {
        "snapshot": snapshot.address,
        "who": "ada@laptop",
        "when": "2026-01-01T00:00:00.000+00:00",
        "git": {"commit": "c" * 40, "dirty": False},
        "interpreter": {
            "path": "/opt/elsewhere/bin/python",
            "version": "3.11.4",
            "implementation": "CPython",
            "distributions": {"numpy": "1.26.0"},
        },
    }
    engine.store.create(record, receipt, {"TOKEN": "hush"})
    engine.store.forget_secrets(job_id)
    end(client, record)
    return client.job(job_id)


def end(
    client: Client, record: JobRecord, attempts: Collection[int] = (1, 2), **changes: Any
) -> JobStatus:
    """Let the job's second attempt have ended; of ``attempts`` there is all that one leaves."""
    status = JobStatus(
        **{
            "state": "failed",
            "reason": "cell-failed",
            "message": "Cell 2 failed. Mend it.",
            "attempt": 2,
            "started": 1001.0,
            "attempt_started": 1002.0,
            "ended": 1010.5,
            "replicas": (ReplicaStatus("worker", 0, "failed", 1, 1 << 20),),
            "metrics": METRICS,
            "settled": True,
        }
        | changes
    )
    engine = client.engine
    for number in attempts:
        write_replica(leader(client.engine.home, record.id, number))
    told = {"state": status.state, "reason": status.reason, "message": status.message}
    engine.store.append_event(record.id, "state", **told, attempt=2)
    engine.store.write_status(record.id, status)
    return status


def leader(home: Home, job_id: str = JOB, attempt: int = 2) -> ReplicaDirectory:
    """The folder of worker 0."""
    return ReplicaDirectory(home.run(job_id).attempt(attempt).path / "worker-0")


def write_replica(replica: ReplicaDirectory) -> None:
    """What a replica leaves, and what is nobody's."""
    (replica.work / "figures").mkdir(parents=True)
    (replica.work / "result.csv").write_text("1\n")
    (replica.work / "figures" / "é\n.txt").write_text("figure")
    (replica.work / ".hidden").write_text("kept")
    (replica.work / "link").symlink_to("/etc/passwd")
    (replica.work / "__pycache__").mkdir()
    (replica.work / "__pycache__" / "x.pyc").write_text("")
    (replica.path / ".events.jsonl.tmp").write_text("left by a crash")
    replica.log.write_bytes(LOG)
    replica.log_times.write_bytes(bytes(16))
    replica.events.write_text(
        '{"t": 1003.0, "kind": "metrics", "step": 1, "values": {"loss": 0.25}}\n'
    )
    replica.output.write_text(notebook("print(1)"))


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every path under a folder and what it holds; None of what is no plain file."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else None
        for path in sorted(folder.rglob("*"))
    }
