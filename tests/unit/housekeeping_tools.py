"""A home into which jobs are put that look as if they had run."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from records_tools import record
from snapshots_tools import notebook

from longboat.api import Client
from longboat.engine import Engine
from longboat.records.status import JobStatus

ENDED = JobStatus(state="succeeded", ended=10.0, settled=True)
KIB = 1024


class Rooms:
    """The home, and the folder from which snapshots are taken."""

    def __init__(self, folder: Path) -> None:
        self.client = Client(folder / "home")
        self.engine: Engine = self.client.engine
        self.work = folder / "work"
        self.work.mkdir(parents=True)

    def job(
        self,
        job_id: str,
        source: str,
        status: JobStatus = ENDED,
        name: str = "digits",
        created: float = 1000.0,
        **sizes: int,
    ) -> str:
        """Make one, and give its snapshot; sizes: KiB of log, work, output, model, checkpoints."""
        (self.work / "digits.ipynb").write_text(notebook(source))
        snapshot = self.engine.snapshots.take(self.work / "digits.ipynb").address
        self.engine.store.create(
            replace(record(job_id, name, created), snapshot=snapshot), {}, None
        )
        self.engine.store.write_status(job_id, status)
        directory = self.engine.home.run(job_id)
        replica = directory.attempt(1).path / "worker-0"
        places = {
            "log": replica / "log",
            "output": replica / "output.ipynb",
            "work": replica / "work" / "result.csv",
            "model": replica / "model" / "saved_model.pb",
            "checkpoints": directory.checkpoints / "weights",
        }
        for name, size in sizes.items():
            places[name].parent.mkdir(parents=True, exist_ok=True)
            places[name].write_bytes(b"x" * size * KIB)
        return snapshot
