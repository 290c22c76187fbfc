"""At submit, queued, starting: a function for each way to be killed there.

Each ends when the victim is dead and everything else may go on; it gives the job.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from faults import points
from faults.home import FaultHome
from faults.points import Point
from faults.stages import CHIEF, TWO, waiting_submitter
from faults.watching import kill, until
from longboat import summoning
from longboat.api import Job

# --- at submit


def submitter_unsaved(home: FaultHome, saved: Path) -> Job:
    """It leaves nothing that counts; the next submit is as ever."""
    told = home.freeze_at(points.SUBMIT_UNSAVED)
    with home.run_submitter():
        kill(home.frozen(told))
    assert home.client.jobs() == [], "it was never acknowledged"
    job = home.submit()
    home.open_gate(job, "worker-0")
    return job


def submitter_untold(home: FaultHome, saved: Path) -> Job:
    """The job is durable and nobody knows of it: the next call of a face starts a steward."""
    told = home.freeze_at(points.SUBMIT_UNTOLD)
    with home.run_submitter():
        kill(home.frozen(told))
    assert not summoning.lock_of(home.home).held()
    (job,) = home.client.jobs()
    home.open_gate(job, "worker-0")
    return job


def steward_rung(home: FaultHome, saved: Path) -> Job:
    """It held the lock while the job was submitted, and never heard the bell."""
    with home.setting("LONGBOAT_STEWARD_LINGER", "60"):
        summoning.start(home.home)
        pid = home.steward()
    os.kill(pid, signal.SIGSTOP)
    job = home.submit()
    assert job.status.state == "queued"
    kill(pid)
    home.revive()
    home.open_gate(job, "worker-0")
    return job


# --- queued


def submitter_queued(home: FaultHome, saved: Path) -> Job:
    """It waits for a job that waits for resources."""
    lease = home.hold_everything()
    with waiting_submitter(home) as (job, _):
        home.reaches(job, "queued", "waiting-resources")
    lease.close()
    home.open_gate(job, "worker-0")
    return job


def steward_queued(home: FaultHome, saved: Path) -> Job:
    """It has looked at the job, which must wait."""
    lease = home.hold_everything()
    job = home.submit()
    home.reaches(job, "queued", "waiting-resources")
    kill(home.steward())
    lease.close()
    home.revive()
    home.open_gate(job, "worker-0")
    return job


def supervisor_unrecorded(home: FaultHome, saved: Path) -> Job:
    """It has been forked, and the record that names it comes after its death."""
    told = home.freeze_at(points.STEWARD_STARTING)
    job = home.submit()
    pid = home.frozen(told)
    assert job.status.state == "queued"
    written = Path(json.loads(told.read_text())["args"][0])
    kill(json.loads(written.read_bytes())["supervisor"]["pid"])
    home.thaw(pid)
    return job


# --- starting


def _start(home: FaultHome, point: Point, **asked: Any) -> tuple[Job, int]:
    told = home.freeze_at(point)
    job = home.submit(**asked)
    return job, home.frozen(told)


def submitter_starting(home: FaultHome, saved: Path) -> Job:
    """The supervisor has not yet forked a keeper."""
    told = home.freeze_at(points.SUPERVISOR_STARTING)
    with waiting_submitter(home) as (job, _):
        supervisor = home.frozen(told)
        home.reaches(job, "starting")
    home.thaw(supervisor)
    home.open_gate(job, "worker-0")
    return job


def steward_unrecorded(home: FaultHome, saved: Path) -> Job:
    """It has forked a supervisor that nothing names; that one must leave by itself."""
    job, pid = _start(home, points.STEWARD_STARTING)
    kill(pid)
    home.revive()
    home.open_gate(job, "worker-0")
    return job


def steward_starting(home: FaultHome, saved: Path) -> Job:
    """Its supervisor, which has not yet forked a keeper, goes on and starts a steward."""
    job, supervisor = _start(home, points.SUPERVISOR_STARTING)
    home.reaches(job, "starting")
    kill(home.steward())
    home.thaw(supervisor)
    home.open_gate(job, "worker-0")
    return job


def supervisor_starting(home: FaultHome, saved: Path) -> Job:
    """It has not yet forked a keeper."""
    job, supervisor = _start(home, points.SUPERVISOR_STARTING)
    home.reaches(job, "starting")
    kill(supervisor)
    return job


def keeper_starting(home: FaultHome, saved: Path) -> Job:
    """It has not yet forked the replica."""
    job, keeper = _start(home, points.KEEPER_STARTING)
    home.reaches(job, "starting")
    kill(keeper)
    return job


def _apart(home: FaultHome, late: str, **asked: Any) -> Job:
    """Start two replicas of which the leader waits for the other, whose Python never begins."""
    python, there = home.blocked_python(late)
    job = home.submit(python=str(python), **asked)
    until(there.exists, lambda: f"the interpreter of {late} is there {home.describe()}")
    events = home.attempt(job).replica(home.leader(job)).events
    until(lambda: events.exists() and b'"waiting"' in events.read_bytes(), "the leader waits")
    home.reaches(job, "running")
    return job


def leader_starting(home: FaultHome, saved: Path) -> Job:
    """It waits for its peer."""
    job = _apart(home, "worker:1", **TWO)
    kill(home.process(job, "worker-0"))
    return job


def worker_starting(home: FaultHome, saved: Path) -> Job:
    """Its interpreter has been executed and runs nothing yet."""
    job = _apart(home, "worker:1", **TWO)
    kill(home.process(job, "worker-1"))
    return job


def chief_starting(home: FaultHome, saved: Path) -> Job:
    """It waits for its peer."""
    job = _apart(home, "worker:0", **CHIEF)
    kill(home.process(job, "chief-0"))
    return job
