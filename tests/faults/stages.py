"""What the ways to a stage share (early.py, late.py)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from faults.home import FaultHome
from faults.watching import kill
from longboat.api import Job

TWO: dict[str, Any] = {"workers": 2}
CHIEF: dict[str, Any] = {"workers": 1, "chief": True}


@contextmanager
def waiting_submitter(home: FaultHome, **asked: Any) -> Iterator[tuple[Job, subprocess.Popen[str]]]:
    """A process that has been told its job's id and waits for the end; killed afterwards."""
    with home.run_submitter(**asked) as process:
        assert process.stdout is not None
        try:
            yield home.client.job(process.stdout.readline().strip()), process
        finally:
            kill(process.pid)
