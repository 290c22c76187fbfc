"""Runs inside a mount namespace of its own: ``full_home.py FOLDER``.

FOLDER/home is a small file system (test_disks.py mounts it), which is filled while logs come in.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cluster.client import wait_until
from cluster.counting import WHOLE, has_printed_all, log_of, submit, write_script
from cluster.homes import ENGINES, home_of, succeeded
from faults.small_disk import fill
from longboat.records.status import FINAL


def main(folder: Path) -> None:
    """Nothing is judged while nothing can be written; with room all of it comes."""
    script = write_script(folder)
    with home_of(folder / "home") as client:
        jobs = [submit(client, script, backend=engine) for engine in ENGINES]
        filler = fill(folder / "home")
        for job in jobs:
            wait_until(lambda job=job: has_printed_all(job), f"the end of {job} on the node")
            assert len(log_of(job)) < len(WHOLE)
            assert job.status.state not in FINAL
        filler.unlink()
        for job in jobs:
            assert log_of(succeeded(job)) == WHOLE
            assert job.metrics() == {"done": 1}


main(Path(sys.argv[1]))
