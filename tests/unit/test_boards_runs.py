"""A job's runs: what is shown of its run directory, which is only read, and what is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from boards_tools import scalars_in
from msgspec.structs import replace
from records_tools import record

from longboat.boards.board import BoardJob, Shown
from longboat.boards.folder import abandoned, own_folder, sweep
from longboat.boards.runs import JobRuns, Originals
from longboat.doctor.leftovers import leftovers
from longboat.guest import wire
from longboat.records.layout import Home, RunDirectory
from longboat.records.status import JobStatus
from longboat.spec.job import Replica

EVENT_FILE = "events.out.tfevents.1.host"
NOTHING = Originals({})


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "job")
    for attempt, replica in ((1, Replica("worker", 0)), (2, Replica("worker", 1))):
        directory = run.attempt(attempt).replica(replica)
        write(directory.work / "logs" / "train" / EVENT_FILE)
        line = wire.encode(wire.METRICS, step=attempt, values={"loss": 0.5}, source="fit")
        wire.append(str(directory.events), line)
    return run


def write(file: Path, text: str = "x") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def linked(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path.readlink()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink()
    }


def test_attempts_and_replicas_are_runs_and_nothing_is_written_to_the_record(
    run: RunDirectory, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(run.path.rglob("*"))}
    shown = JobRuns(run, tmp_path / "runs", NOTHING)
    assert shown.empty
    shown.update_metrics()
    shown.update_links()
    assert not shown.empty
    assert scalars_in(tmp_path / "runs/2/worker-1") == [("loss", 2, 0.5)]
    assert linked(tmp_path / "runs") == {
        f"{place}/logs/train/{EVENT_FILE}": run.path
        / f"attempts/{place}/work/logs/train/{EVENT_FILE}"
        for place in ("1/worker-0", "2/worker-1")
    }
    assert {path: path.stat().st_mtime_ns for path in sorted(run.path.rglob("*"))} == before


def test_files_beside_checkpoints_and_the_model_are_shown_and_later_ones_too(
    run: RunDirectory, tmp_path: Path
) -> None:
    shown = JobRuns(run, tmp_path / "runs", NOTHING)
    shown.update_links()
    write(run.checkpoints / "logs" / EVENT_FILE)
    leader = run.attempt(1).replica(Replica("worker", 0))
    write(leader.model / EVENT_FILE)
    (leader.work / "logs" / "train" / EVENT_FILE).unlink()
    shown.update_links()
    assert set(linked(tmp_path / "runs")) == {
        f"checkpoints/logs/{EVENT_FILE}",
        f"1/worker-0/model/{EVENT_FILE}",
        f"2/worker-1/logs/train/{EVENT_FILE}",
    }


def test_what_travelled_with_the_job_and_what_links_lead_to_is_not_its_own(
    run: RunDirectory, tmp_path: Path
) -> None:
    work = run.attempt(1).replica(Replica("worker", 0)).work
    write(tmp_path / "elsewhere" / EVENT_FILE)
    (work / "out").symlink_to(tmp_path / "elsewhere")
    (work / EVENT_FILE).symlink_to(tmp_path / "elsewhere" / EVENT_FILE)
    write(work / "old" / EVENT_FILE, "as it came")
    write(work / "grown" / EVENT_FILE, "as it came, and more")
    sizes = {f"{folder}/{EVENT_FILE}": len("as it came") for folder in ("old", "grown")}
    JobRuns(run, tmp_path / "runs", Originals(sizes)).update_links()
    assert set(linked(tmp_path / "runs" / "1")) == {
        f"worker-0/logs/train/{EVENT_FILE}",
        f"worker-0/grown/{EVENT_FILE}",
    }


def remarks(tmp_path: Path, backend: str, *, settled: bool) -> list[str]:
    made = record("a" * 10)
    shown = Shown(replace(made, spec=replace(made.spec, backend=backend)), NOTHING)
    job = BoardJob(Home(tmp_path), shown, tmp_path / "runs", lambda _: JobStatus(settled=settled))
    job.update()
    return list(job.remarks())


def test_what_is_not_shown_is_said(tmp_path: Path) -> None:
    nothing = "digits has neither reported metrics nor written event files"
    assert remarks(tmp_path, "local", settled=True) == [f"{nothing}."]
    assert remarks(tmp_path, "local", settled=False) == [f"{nothing}; they are shown as they come."]
    _, later, elsewhere = remarks(tmp_path, "team", settled=False)
    assert "event files that it writes on team come back when a replica ends" in later
    assert "what it wrote elsewhere on team, as beside its checkpoints, is not here" in elsewhere
    assert remarks(tmp_path, "team", settled=True)[1:] == [elsewhere]


def test_the_folder_goes_with_its_process(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with own_folder(home) as folder:
        assert folder.is_dir() and abandoned(home) == []
        sweep(home)
        assert folder.is_dir()
    assert list((home.local / "tensorboard").iterdir()) == []


def test_what_a_killed_process_left_is_found_and_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    code = (
        "import sys; from pathlib import Path; from longboat.records.layout import Home\n"
        "from longboat.boards.folder import own_folder\n"
        "with own_folder(Home(Path(sys.argv[1]))) as folder: print(folder, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        assert [finding.state for finding in leftovers(tmp_path)] == ["ok"]
        os.kill(process.pid, signal.SIGKILL)
    assert abandoned(home) == [left]
    (finding,) = leftovers(tmp_path)
    assert finding.state == "warn" and finding.mend is not None
    assert finding.mend() == "Removed: 1."
    assert list((home.local / "tensorboard").iterdir()) == []
