"""The suite itself: it refuses every place that breaks a promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from contract.broken import BROKEN

HERE = Path(__file__).parent


def test_every_broken_place_is_refused(tmp_path: Path) -> None:
    options = ["-q", "-rf", "--tb=no", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inner'}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(HERE), *options],
        env={**os.environ, "LONGBOAT_CONTRACT": "broken"},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"^FAILED .*$", run.stdout, re.MULTILINE)
    refused = set(re.findall(r"\w+", " ".join(failed)))
    assert BROKEN.keys() <= refused, f"{BROKEN.keys() - refused}\n{run.stdout[-2000:]}"
