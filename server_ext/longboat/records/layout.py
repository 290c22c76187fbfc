"""Where everything lies under LONGBOAT_HOME (docs/run-directory.md describes it)."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from longboat.spec.job import Replica


def default_home() -> Path:
    """Find LONGBOAT_HOME, else the platform's user data folder."""
    given = os.environ.get("LONGBOAT_HOME")
    return Path(given).absolute() if given else Path(platformdirs.user_data_dir("longboat"))


class AttemptDirectory:
    """One attempt of a job: everything its replicas wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.supervisor = path / "supervisor.json"
        """Facts the supervisor keeps: its identity, its replicas, how they ended."""
        self.lock = path / "supervisor.lock"
        """The supervisor holds it as long as it lives; whoever shares its kernel can see that."""
        self.cluster = path / "cluster.json"
        """The same on a cluster, kept by the courier."""
        self.stop = path / "stop"
        """That it is there asks for the end of the attempt."""

    def replica(self, replica: Replica) -> ReplicaDirectory:
        """The folder of one replica."""
        return ReplicaDirectory(self.path / str(replica))


class ReplicaDirectory:
    """One replica of one attempt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"
        """Standard output and error, byte for byte."""
        self.log_times = path / "log.times"
        """Sparse time index of the log (records/logs.py)."""
        self.events = path / "events.jsonl"
        """What the guest reported (guest/wire.py)."""
        self.status = path / "status.json"
        """The guest's last word."""
        self.output = path / "output.ipynb"
        """The notebook as executed so far."""
        self.work = path / "work"
        """The working folder: the snapshot's files and what the job wrote beside them."""
        self.model = path / "model"
        """What ``longboat.model_dir()`` gives here."""


class RunDirectory:
    """One job: LONGBOAT_HOME/jobs/<id>/."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.job = path / "job.json"
        """What was asked; written once, by the submitter."""
        self.intent = path / "intent.json"
        """What is wanted now: run, stop or remove; written by the faces."""
        self.status = path / "status.json"
        """What is so; written by the steward alone."""
        self.events = path / "events.jsonl"
        """The job's own history: every change of state."""
        self.receipt = path / "receipt.json"
        self.checkpoints = path / "checkpoints"
        """Kept over attempts."""

    def attempt(self, number: int) -> AttemptDirectory:
        """The folder of attempt ``number``, counted from 1."""
        return AttemptDirectory(self.path / "attempts" / str(number))


class Home:
    """LONGBOAT_HOME and what is directly in it."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or default_home()).absolute()
        self.jobs = self.path / "jobs"
        self.snapshots = self.path / "snapshots"
        self.models = self.path / "models"
        self.services = self.path / "services"
        self.tries = self.path / "tries"
        """What models were asked and answered, kept to be asked again; a file for each."""
        self.secrets = self.path / "secrets"
        """0700; one 0600 file per unfinished job that has secrets."""
        self.guests = self.path / "guests"
        """Zipapps by content."""
        self.environments = self.path / "environments"
        """Overlays over interpreters, by content (environments/)."""
        self.local = self.path / "local"
        """What must be on a local disk: the index, the steward's lock and wake-up."""

    def run(self, job_id: str) -> RunDirectory:
        """The run directory of a job."""
        return RunDirectory(self.jobs / job_id)
