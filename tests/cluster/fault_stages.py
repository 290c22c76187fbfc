"""The table for a cluster: the steward or the courier × stage, what happens in each cell.

Each function ends when the victim is dead and everything else may go on; it gives the job.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cluster import fault_points
from cluster.fault_home import ClusterHome
from cluster.homes import ENGINES
from faults import points
from faults.points import Point
from faults.watching import kill, until
from longboat.api import Job

VICTIMS = ("steward", "courier")
STAGES = ("sending", "pending", "running", "stopping", "finishing", "registering")
NOT_HERE = {
    ("courier", "sending"): "one is called only once the cluster has accepted an attempt",
    ("steward", "running"): "test_faults.py kills both at once, while lines come",
    ("courier", "running"): "test_faults.py kills it again and again, while lines come",
}
"""Cells that cannot happen, or happen elsewhere."""


def _frozen(home: ClusterHome, point: Point, **asked: object) -> tuple[Job, int]:
    told = home.freeze_at(point)
    job = home.submit(**asked)
    return job, home.frozen(told)


# --- sending


def half_sent(home: ClusterHome, saved: Path) -> Job:
    """The job is there, suspended, and what it needs is not: the next steward completes it."""
    job, pid = _frozen(home, fault_points.HALF_SENT)
    kill(pid)
    home.revive()
    home.open_gate(job)
    return job


def sent(home: ClusterHome, saved: Path) -> Job:
    """It runs already, and nobody has written down that it was accepted."""
    job, pid = _frozen(home, fault_points.SENT)
    kill(pid)
    home.revive()
    home.open_gate(job)
    return job


# --- pending


def _pending(home: ClusterHome, victim: Callable[[], int]) -> Job:
    with home.holding_gpus():
        job = home.submit(gpu=1)
        home.reaches(job, "queued", "nodes-full")
        kill(victim())
        home.revive()
    home.open_gate(job)
    return job


def steward_pending(home: ClusterHome, saved: Path) -> Job:
    """The job waits for GPUs."""
    return _pending(home, home.steward)


def courier_pending(home: ClusterHome, saved: Path) -> Job:
    """The job waits for GPUs."""
    return _pending(home, home.courier)


# --- stopping


def _stopped_at(home: ClusterHome, point: Point) -> Job:
    told = home.freeze_at(point)
    job = home.submit()
    home.runs(job)
    job.stop()
    kill(home.frozen(told))
    home.revive()
    return job


def steward_stopping(home: ClusterHome, saved: Path) -> Job:
    """The courier has not been told."""
    return _stopped_at(home, fault_points.STEWARD_STOPPING)


def courier_stopping(home: ClusterHome, saved: Path) -> Job:
    """It has not written down that the job is to end."""
    return _stopped_at(home, fault_points.COURIER_STOPPING)


def courier_ending(home: ClusterHome, saved: Path) -> Job:
    """It has written down that the cluster was told, and the cluster was not."""
    return _stopped_at(home, fault_points.COURIER_ENDING)


# --- finishing


def steward_finishing(home: ClusterHome, saved: Path) -> Job:
    """It held the lock while the courier had its final word, and never read it."""
    job = home.submit()
    home.runs(job)
    pid = home.steward()
    os.kill(pid, signal.SIGSTOP)
    home.open_gate(job)
    until(lambda: home.told(job).final, "the courier's final word")
    kill(pid)
    home.revive()
    return job


def _finished_at(home: ClusterHome, point: Point) -> Job:
    told = home.freeze_at(point)
    job = home.submit()
    home.open_gate(job)
    kill(home.frozen(told))
    return job


def courier_fetching(home: ClusterHome, saved: Path) -> Job:
    """A result is all but in its place."""
    return _finished_at(home, fault_points.FETCHING)


def courier_concluding(home: ClusterHome, saved: Path) -> Job:
    """It knows how the job ended, and has not had its final word."""
    return _finished_at(home, fault_points.COURIER_CONCLUDING)


# --- registering


def _registering(home: ClusterHome, saved: Path) -> tuple[Job, int]:
    told = home.freeze_at(points.STEWARD_REGISTERING)
    job = home.submit(**home.take_model_along(saved))
    home.open_gate(job)
    return job, home.frozen(told)


def steward_registering(home: ClusterHome, saved: Path) -> Job:
    """Half a model lies there, under a name that counts for nothing."""
    job, pid = _registering(home, saved)
    kill(pid)
    home.revive()
    return job


def courier_registering(home: ClusterHome, saved: Path) -> Job:
    """The model that it has brought is being registered."""
    job, pid = _registering(home, saved)
    kill(home.courier())
    home.thaw(pid)
    return job


class Cell(NamedTuple):
    """One kill, and the engines under which it is another."""

    victim: str
    stage: str
    act: Callable[[ClusterHome, Path], Job]
    engines: tuple[str, ...] = ("trainjob",)
    state: str = "succeeded"
    reason: str = ""
    models: int = 0


STOPPED = ("stopped", "stopped-by-user")
CELLS = (
    Cell("steward", "sending", half_sent, ENGINES),
    Cell("steward", "sending", sent, ("tfjob",)),
    Cell("steward", "pending", steward_pending),
    Cell("steward", "stopping", steward_stopping, ("tfjob",), *STOPPED),
    Cell("steward", "finishing", steward_finishing),
    Cell("steward", "registering", steward_registering, ("tfjob",), models=1),
    Cell("courier", "pending", courier_pending, ("tfjob",)),
    Cell("courier", "stopping", courier_stopping, ("tfjob",), *STOPPED),
    Cell("courier", "stopping", courier_ending, ("trainjob",), *STOPPED),
    Cell("courier", "finishing", courier_fetching, ("tfjob",)),
    Cell("courier", "finishing", courier_concluding),
    Cell("courier", "registering", courier_registering, models=1),
)
