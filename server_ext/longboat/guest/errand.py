"""``python longboat.pyz erase VOLUME JOB``: what a pod of a moment does on the shared volume.

Whoever sent it cannot mount the volume; it learns from the exit code and the last word.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from typing import NoReturn

LAST_WORD = "/dev/termination-log"
"""Where Kubernetes looks for what a container has to say at its end."""
_LONGEST_WORD = 2000
_JOB = re.compile(r"[a-z][a-z0-9]{9}")
"""As records/names.py draws ids: nothing else becomes a path."""


def erase(volume: str, job: str) -> NoReturn:
    """Remove the folder of a job, and exit with 0; with 1 when something of it is left."""
    if not _JOB.fullmatch(job):
        _end(1, f"{job!r} is no job's id")
    folder = os.path.join(volume, "jobs", job)
    try:
        _remove(folder)
    except OSError as error:
        _end(1, f"{error.filename or folder}: {error.strerror or error}")
    _end(0, "")


def _remove(folder: str) -> None:
    """A link that lies there goes, and not what it leads to."""
    if os.path.islink(folder):
        os.unlink(folder)
    elif os.path.isdir(folder):
        shutil.rmtree(folder)


def _end(code: int, word: str) -> NoReturn:
    if word:
        print(word, file=sys.stderr, flush=True)
        with contextlib.suppress(OSError), open(LAST_WORD, "w", encoding="utf-8") as file:
            file.write(word[:_LONGEST_WORD])
    sys.exit(code)
