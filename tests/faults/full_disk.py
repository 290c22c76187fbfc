"""Runs inside a mount namespace of its own: ``full_disk.py CASE FOLDER SAVED``; tells how it went.

FOLDER/home is a small file system (test_full_disk.py mounts it), which each case fills.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.home import FaultHome
from faults.invariants import job_ended, no_half_model
from faults.small_disk import fill
from faults.watching import until
from longboat.records.status import JobStatus

WRITES = """
import longboat
with open("big", "wb") as file:
    while True:
        file.write(bytes(100_000))
"""
PRINTS = """
while True:
    print("x" * 99_999)
"""
MODEL = 1 << 20
"""Bytes."""


def at_submit(home: FaultHome, saved: Path) -> JobStatus:
    """The command says so and exits with 1; there is no job, and with space there is one."""
    filler = fill(home.home.path)
    program = Path(sys.executable).with_name("longboat")
    command = [program, "submit", home.entry, "--cpu", "0.1", "--secret", "FAULT_SECRET"]
    with home.setting("LONGBOAT_HOME", str(home.home.path)):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    assert "space" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert home.client.jobs() == []
    assert not list(home.home.secrets.glob("*"))
    filler.unlink()
    job = home.submit()
    home.open_gate(job, "worker-0")
    return job_ended(home, job, "succeeded", "")


def queued(home: FaultHome, saved: Path) -> JobStatus:
    """Its turn has come and it cannot be started: it waits for space."""
    lease = home.hold_everything()
    job = home.submit()
    home.reaches(job, "queued", "waiting-resources")
    filler = fill(home.home.path)
    lease.close()
    until((home.attempt(job).path / "worker-0").exists, "the steward tries")
    filler.unlink()
    home.open_gate(job, "worker-0")
    return job_ended(home, job, "succeeded", "")


def writing(home: FaultHome, saved: Path) -> JobStatus:
    """The job itself fills the disk with a file."""
    home.entry.write_text(WRITES)
    return job_ended(home, home.submit(), "failed", "disk-full")


def printing(home: FaultHome, saved: Path) -> JobStatus:
    """The job itself fills the disk with what it prints."""
    home.entry.write_text(PRINTS)
    return job_ended(home, home.submit(), "failed", "disk-full")


def finishing(home: FaultHome, saved: Path) -> JobStatus:
    """Somebody else fills it while the job runs: it cannot say how it ended, but it ends."""
    job = home.submit()
    home.runs(job, "worker-0")
    fill(home.home.path)
    home.open_gate(job, "worker-0")
    return job_ended(home, job, "failed", "disk-full")


def registering(home: FaultHome, saved: Path) -> JobStatus:
    """There is room for the job's model once, and not twice."""
    big = home.folder / "big"
    shutil.copytree(saved, big)
    (big / "assets" / "vocabulary").write_bytes(bytes(MODEL))
    job = home.submit(parameters={"saved": str(big)}, model="twice")
    home.runs(job, "worker-0")
    fill(home.home.path, spare=MODEL + MODEL // 2)
    home.open_gate(job, "worker-0")
    status = job_ended(home, job, "failed", "model-not-registered")
    assert not list(home.home.models.glob("*/*"))
    no_half_model(home)
    return status


CASES: dict[str, Callable[[FaultHome, Path], JobStatus]] = {
    case.__name__: case for case in (at_submit, queued, writing, printing, finishing, registering)
}


def warm(home: FaultHome) -> None:
    """Have there what the first job of a home makes, and no job."""
    job = home.submit()
    home.open_gate(job, "worker-0")
    job_ended(home, job, "succeeded", "")
    job.remove()


def main(case: str, folder: Path, saved: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        home = FaultHome(folder, environment)
        try:
            warm(home)
            status = CASES[case](home, saved)
        finally:
            home.close()
    print(f"{status.state}. {status.message}")


main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
