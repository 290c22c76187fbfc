"""What must hold after every fault, whatever was killed and when."""

from __future__ import annotations

import json
import re
from pathlib import Path

from faults.home import FaultHome
from faults.watching import PATIENCE, command, processes, until
from longboat import summoning
from longboat.api import Job
from longboat.backends.local.pool import Pool
from longboat.records.status import FINAL, JobStatus
from longboat.system.identity import alive

LEFT_SECONDS = 5.0
SENTENCE = re.compile(r"\w.{20,}[.!?]", re.DOTALL)
UNCLEAR = re.compile(r"Traceback|Errno|[{}]|None|\bError\(")


def job_ended(
    home: FaultHome,
    job: Job,
    state: str,
    reason: str,
    models: int = 0,
    *,
    seconds: float = PATIENCE,
) -> JobStatus:
    """Demand one end state with a sentence, no process, no secret, and ``models`` whole ones.

    ``seconds``: how long it may take to end.
    """
    status = until(lambda: _final(job), lambda: f"the end of {job.id} {home.describe()}", seconds)
    no_process_is_left(home, job)
    assert (status.state, status.reason) == (state, reason), (status.message, home.describe())
    _has_a_sentence(status)
    assert not (home.home.secrets / f"{job.id}.json").exists(), "its secrets are gone"
    until(lambda: job.status.settled, "it is settled")
    home.steward_is_gone()
    _history_ends_once(home, job, status)
    _models_are_whole(home, job, models)
    _nothing_changes_any_more(home, job)
    used = {name: each.used for name, each in Pool().usage().items()}
    assert used == {"cpu": 0, "memory": 0, "gpu": 0}, "its resources are free again"
    return status


def no_process_is_left(home: FaultHome, job: Job) -> None:
    """Demand that five seconds from now nothing of the job lives, its watchers included."""
    left: list[str] = []

    def gone() -> bool:
        pids = [row.pid for row in processes(f"LONGBOAT_JOB_ID={job.id}")]
        left[:] = [f"{pid} {command(pid)}" for pid in [*pids, *_watchers(home, job)]]
        return not left

    until(gone, lambda: f"no process of {job.id} is left: {left}", LEFT_SECONDS)


def no_half_model(home: FaultHome) -> None:
    """Demand that whatever lies under models/ is a whole version."""
    for folder in home.home.models.glob("*/*"):
        assert folder.name.isdigit(), f"{folder} is no version"
        assert {path.name for path in folder.iterdir()} >= {
            *("saved_model.pb", "variables", "model.json")
        }, f"{folder} is not whole"


def _final(job: Job) -> JobStatus | None:
    status = job.status
    return status if status.state in FINAL else None


def _watchers(home: FaultHome, job: Job) -> list[int]:
    """Supervisors and keepers of all attempts, by their identities."""
    found = []
    for number in range(1, job.status.attempt + 1):
        path = home.home.run(job.id).attempt(number).supervisor
        facts = json.loads(path.read_bytes()) if path.exists() else {}
        keepers = [replica.get("keeper") for replica in facts.get("replicas", [])]
        found += [each for each in [facts.get("supervisor"), *keepers] if each]
    return [each["pid"] for each in found if _lives(each)]


def _lives(identity: dict[str, object]) -> bool:
    from msgspec import convert

    from longboat.system.identity import Identity

    return alive(convert(identity, Identity)) is True


def _has_a_sentence(status: JobStatus) -> None:
    if status.state == "succeeded":
        assert status.message == ""
        return
    assert SENTENCE.fullmatch(status.message), status.message
    assert not UNCLEAR.search(status.message), status.message


def _history_ends_once(home: FaultHome, job: Job, status: JobStatus) -> None:
    history = home.engine.store.events(job.id)
    final = [event for event in history if event.get("state") in FINAL]
    assert len(final) == 1 and history[-1] == final[0], history
    assert (final[0]["state"], final[0]["message"]) == (status.state, status.message)


def _models_are_whole(home: FaultHome, job: Job, wanted: int) -> None:
    no_half_model(home)
    records = [json.loads(path.read_bytes()) for path in home.home.models.glob("*/*/model.json")]
    mine = [record for record in records if record["facts"]["job"] == job.id]
    assert len(mine) == wanted, records
    named = {f"{record['name']}@{record['version']}" for record in mine}
    assert named == ({job.status.model} if job.status.model else set())
    for record in mine:
        folder = home.home.models / record["name"] / str(record["version"])
        own = sum((folder / name).stat().st_size for name in ("model.json", "lineage.json"))
        assert _size(folder) == record["size"] + own


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _nothing_changes_any_more(home: FaultHome, job: Job) -> None:
    """Demand that a successor finds nothing to do, and that every face sees the same."""
    run = home.home.run(job.id)
    before = run.status.read_bytes(), run.events.read_bytes()
    lock = summoning.lock_of(home.home)
    assert lock.acquire()
    try:
        for controller in home.engine.controllers():
            controller.step()
    finally:
        lock.release()
    assert (run.status.read_bytes(), run.events.read_bytes()) == before
    listed = {each.id: each.to_dict() for each in home.client.jobs()}
    assert listed[job.id] == home.client.job(job.id).to_dict()
