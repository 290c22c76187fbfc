"""Running, finishing, registering: a function for each way to be killed there.

Each ends when the victim is dead and everything else may go on; it gives the job.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from faults import points
from faults.home import FaultHome
from faults.points import Point
from faults.stages import CHIEF, TWO, waiting_submitter
from faults.watching import kill, until
from longboat.api import Job

# --- running


def submitter_running(home: FaultHome, saved: Path) -> Job:
    """It waits for a job that runs."""
    with waiting_submitter(home) as (job, _):
        home.runs(job, "worker-0")
    home.open_gate(job, "worker-0")
    return job


def steward_running(home: FaultHome, saved: Path) -> Job:
    """The job ends without one, and its supervisor starts one."""
    job = home.submit()
    home.runs(job, "worker-0")
    kill(home.steward())
    home.open_gate(job, "worker-0")
    return job


def supervisor_running(home: FaultHome, saved: Path) -> Job:
    """Its keepers must end everything."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    kill(home.facts(job).supervisor.pid)
    return job


def supervisor_retried(home: FaultHome, saved: Path) -> Job:
    """With a retry, all replicas of the next attempt run."""
    job = home.submit(retries=1, **TWO)
    home.runs(job, "worker-0", "worker-1")
    kill(home.facts(job).supervisor.pid)
    home.open_gate(job, "worker-0", "worker-1")
    return job


def supervisor_and_steward_running(home: FaultHome, saved: Path) -> Job:
    """Nobody is left who could be told."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    kill(home.steward())
    kill(home.facts(job).supervisor.pid)
    home.revive()
    return job


def keeper_running(home: FaultHome, saved: Path) -> Job:
    """Its replica dies with it, and what that had started."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    kill(home.keeper(job, "worker-1"))
    return job


def supervisor_and_keepers_running(home: FaultHome, saved: Path) -> Job:
    """Only the mark in the environment still finds what the replicas had started."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    victims = [home.facts(job).supervisor.pid, *(home.keeper(job, f"worker-{i}") for i in (0, 1))]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in victims:
            os.kill(pid, number)
    return job


def leader_running(home: FaultHome, saved: Path) -> Job:
    """The other worker is ended."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    kill(home.process(job, "worker-0"))
    return job


def worker_running(home: FaultHome, saved: Path) -> Job:
    """The leader is ended."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    kill(home.process(job, "worker-1"))
    return job


def chief_running(home: FaultHome, saved: Path) -> Job:
    """The worker is ended."""
    job = home.submit(**CHIEF)
    home.runs(job, "chief-0", "worker-0")
    kill(home.process(job, "chief-0"))
    return job


# --- finishing


def submitter_finishing(home: FaultHome, saved: Path) -> Job:
    """The supervisor is about to have its final word."""
    told = home.freeze_at(points.SUPERVISOR_ENDING)
    with waiting_submitter(home) as (job, _):
        home.open_gate(job, "worker-0")
        supervisor = home.frozen(told)
    home.thaw(supervisor)
    return job


def steward_finishing(home: FaultHome, saved: Path) -> Job:
    """It held the lock while the supervisor left, and never read the final word."""
    job = home.submit()
    home.runs(job, "worker-0")
    pid = home.steward()
    os.kill(pid, signal.SIGSTOP)
    home.open_gate(job, "worker-0")
    until(lambda: home.facts(job).final, "the supervisor's final word")
    kill(pid)
    home.revive()
    return job


def _frozen_at_the_end(home: FaultHome, point: Point, **asked: Any) -> tuple[Job, int]:
    told = home.freeze_at(point)
    job = home.submit(**asked)
    home.open_gate(job, "worker-0")
    return job, home.frozen(told)


def steward_concluding(home: FaultHome, saved: Path) -> Job:
    """It has told the history, and not yet the status."""
    job, pid = _frozen_at_the_end(home, points.STEWARD_CONCLUDING)
    kill(pid)
    home.revive()
    return job


def supervisor_finishing(home: FaultHome, saved: Path) -> Job:
    """It knows how the replicas ended, and has not had its final word."""
    job, pid = _frozen_at_the_end(home, points.SUPERVISOR_ENDING)
    kill(pid)
    return job


def keeper_finishing(home: FaultHome, saved: Path) -> Job:
    """Its replica has succeeded, and the supervisor has not been told."""
    job, pid = _frozen_at_the_end(home, points.KEEPER_ENDING)
    kill(pid)
    return job


def _said(home: FaultHome, replica: str, other: str, **asked: Any) -> Job:
    """Bring a replica to where it has had its last word and lives on."""
    job = home.submit(parameters={"linger": replica}, **asked)
    home.open_gate(job, replica, other)
    home.sees(job, f"said-{replica}")
    kill(home.process(job, replica))
    return job


def leader_finishing(home: FaultHome, saved: Path) -> Job:
    """It has said that it succeeded, and not yet exited."""
    return _said(home, "worker-0", "worker-1", **TWO)


def worker_finishing(home: FaultHome, saved: Path) -> Job:
    """The leader has succeeded, and this one has its time of grace."""
    job = home.submit(**TWO)
    home.runs(job, "worker-0", "worker-1")
    home.open_gate(job, "worker-0")
    until(lambda: home.facts(job).replicas[0].state == "succeeded", "the leader has succeeded")
    kill(home.process(job, "worker-1"))
    return job


def chief_finishing(home: FaultHome, saved: Path) -> Job:
    """It has said that it succeeded, and not yet exited."""
    return _said(home, "chief-0", "worker-0", **CHIEF)


# --- registering


def _with_model(saved: Path) -> dict[str, Any]:
    """Ask for a job that leaves a model."""
    return {"parameters": {"saved": str(saved)}, "model": "twice"}


def submitter_registering(home: FaultHome, saved: Path) -> Job:
    """The model is being copied."""
    told = home.freeze_at(points.STEWARD_REGISTERING)
    with waiting_submitter(home, **_with_model(saved)) as (job, _):
        home.open_gate(job, "worker-0")
        pid = home.frozen(told)
    home.thaw(pid)
    return job


def _registering(home: FaultHome, saved: Path, point: Point) -> Job:
    job, pid = _frozen_at_the_end(home, point, **_with_model(saved))
    kill(pid)
    return job


def steward_registering(home: FaultHome, saved: Path) -> Job:
    """Half a model lies there, under a name that counts for nothing."""
    job = _registering(home, saved, points.STEWARD_REGISTERING)
    assert list(home.home.models.glob("twice/.incoming-*"))
    home.revive()
    return job


def steward_registered(home: FaultHome, saved: Path) -> Job:
    """The version is there, and no record says that it is this job's."""
    job = _registering(home, saved, points.STEWARD_CONCLUDING)
    assert job.status.model is None
    assert home.engine.models.get("twice").record.facts.job == job.id
    home.revive()
    return job
