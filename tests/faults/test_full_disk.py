"""The disk of LONGBOAT_HOME is full: a tiny file system that only the test's processes see."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.small_disk import UNSHARE, on_small_disk

SIZE = "6m"
CASES = ("at_submit", "queued", "writing", "printing", "finishing", "registering")


def can_mount() -> bool:
    """Whether we may have a mount namespace and a file system in it."""
    command = [*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="only root can mount a file system")
@pytest.mark.parametrize("case", CASES)
def test_full_disk(case: str, tmp_path: Path, saved: Path, hit: Callable[..., None]) -> None:
    (tmp_path / "home").mkdir()
    command = [sys.executable, "-m", "faults.full_disk", case, str(tmp_path), str(saved)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    inside = on_small_disk(tmp_path / "home", SIZE, command)
    done = subprocess.run(inside, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    hit("disk full", case, case, done.stdout.strip())
