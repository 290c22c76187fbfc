"""The second, whole copy of a replica's stream, on the volume that the pods of a job share.

It is what the API gives of a pod's log with ``timestamps=true``: each line after its time. Text and
records in it are those of inband.py, numbered by themselves: what is too much for standard output
is in it too. Each pod has a file of its own, so that one that takes a pod's place spoils nothing.
"""

from __future__ import annotations

import os
import time
from typing import Mapping, Optional

VOLUME = "/longboat/volume"
"""Where pods mount the volume."""
FOLDER = "LONGBOAT_COPIES"
"""Names the folder of the attempt's copies; the pod template sets it where there is a volume."""
POD = "LONGBOAT_POD"
"""The pod's UID."""
LIMIT = 4 << 30
"""Bytes of files in a copy, before they are packed; and as many of all that is said before."""
SEGMENT_NONCE = "copy"
"""Marks the records of whoever prints a segment: nobody else prints there."""


def folder(job: str, attempt: int) -> str:
    """The folder of an attempt's copies."""
    return f"{VOLUME}/jobs/{job}/attempts/{attempt}"


def path(folder: str, replica: str, pod: str) -> str:
    """The file of one pod; ``replica`` like ``worker-0``."""
    return f"{folder}/{replica}/stream-{pod}"


def own_path(environ: Mapping[str, str], replica: str) -> Optional[str]:
    """The file of this pod; None where there is no volume."""
    folder, pod = environ.get(FOLDER), environ.get(POD)
    return path(folder, replica, pod) if folder and pod else None


def newest(path: str) -> str:
    """The file itself; for a pod that nobody knows (``stream-``), that of the replica's last one.

    Raises OSError.
    """
    folder, name = os.path.split(path)
    if not name.endswith("-"):
        return path
    found = [entry for entry in os.scandir(folder) if entry.name.startswith(name)]
    return max(found, key=lambda entry: entry.stat().st_mtime).path if found else path


def stamp(ns: int) -> bytes:
    """Write a time as RFC 3339 with nine decimals, and a space; nanoseconds since the epoch."""
    seconds, rest = divmod(ns, 10**9)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:09d}Z ".encode()
