"""What grows: lines of a log, jobs of a home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.homes import bench_home
from benchmarks.measure import Figure, median
from longboat.api import Client
from longboat.records.logs import LogWriter
from longboat.records.status import JobRecord, JobStatus
from longboat.records.timeline import blocks
from longboat.spec.job import JobSpec, Resources

LINES = 1_000_000
JOBS = 10_000


def figures() -> Iterator[Figure]:
    """Measure each."""
    with bench_home() as (client, work):
        yield _logs(work)
    with bench_home() as (client, _):
        _fill(client)
        yield Figure(
            f"index rebuilt from {JOBS:,} run directories",
            median(client.engine.index.rebuild, 3, warm_ups=0),
            5.0,
        )
        yield Figure(
            f"listing 1,000 of {JOBS:,} jobs",
            median(lambda: client.engine.index.list(limit=1000), 20),
            0.015,
        )


def _logs(work: Path) -> Figure:
    """Write lines as a keeper does, then read them back in time order; none may be missing."""
    writer = LogWriter(work / "log", work / "log.times")
    line = b"x" * 92 + b" %06d\n"
    for first in range(0, LINES, 1000):
        writer.write(b"".join(line % number for number in range(first, first + 1000)))
    writer.close()
    read = 0

    def read_back() -> None:
        nonlocal read
        read = sum(block.data.count(b"\n") for block in blocks(work / "log", work / "log.times"))

    seconds = median(read_back, 3, warm_ups=0)
    assert read == LINES, f"{read} of {LINES} lines came back"
    return Figure(f"{LINES:,} log lines read back, none lost", seconds, 1.0)


def _fill(client: Client) -> None:
    """Make ended jobs, as a long-used home has them."""
    store = client.engine.store
    spec = JobSpec(
        name="old", entry="a.ipynb", kind="notebook", model="old", resources=Resources(1.0, 1 << 30)
    )
    for number in range(JOBS):
        record = JobRecord(
            id=store.new_id(), created=1.7e9 + number, spec=spec, snapshot="0" * 64, guest="g.pyz"
        )
        store.create(record, {}, None)
        ended = JobStatus(state="succeeded", settled=True, metrics={"loss": 0.1}, ended=1.7e9)
        store.write_status(record.id, ended)
