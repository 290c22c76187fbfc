"""Running other programs to their end."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.errors import ClusterError

LONGEST = 2000
"""Characters of what a failed program said that an error repeats: the last ones."""


def output(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
) -> str:
    """Run a command with ``given`` on its input, and give what it printed.

    It is killed when this process is, so that a run that was cut off leaves nobody at work.
    Raises ClusterError, with what the command said, when it fails.
    """
    bound = ["setpriv", "--pdeathsig=KILL", "--", *command]
    done = subprocess.run(
        bound, cwd=folder, env=environment, input=given, capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-LONGEST:]
        raise ClusterError(f"`{' '.join(command)}` failed with status {done.returncode}: {said}")
    return done.stdout
