"""What the host tells the guest of a replica that it cannot reach otherwise: ``order.json``.

It lies beside the zipapp and the packed snapshot in one read-only folder (Secrets, mounted). All
replicas of an attempt get the same; each finds in its own environment which of them it is.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, NamedTuple

FOLDER = "/longboat/job"
"""Where the folder is mounted in a pod."""
ZIPAPP = "longboat.pyz"
ORDER = "order.json"
REQUIREMENTS = "requirements.txt"
VARIABLES = "variables.json"
"""In the folder of whoever installs something: what, and pip's variables."""
RUN_FOLDER = "/longboat/run"
"""A folder of the replica's own, empty when it begins."""
ROLE_NAME = "LONGBOAT_REPLICA_ROLE"
"""``worker``; the pod template of the role sets it."""
INDEX_VARIABLES = ("LONGBOAT_REPLICA_INDEX", "JOB_COMPLETION_INDEX")
"""Which one of its role it is: the first that is set, else 0."""


def part_name(number: int) -> str:
    """Name a part of the packed snapshot, a tar archive cut into pieces; the first is 0."""
    return f"snapshot.tar.gz.{number:03d}"


def parts(folder: str) -> List[str]:
    """Find the parts in the folder, in order; none when the working folder is there already."""
    found: List[str] = []
    while os.path.exists(path := os.path.join(folder, part_name(len(found)))):
        found.append(path)
    return found


class Order(NamedTuple):
    """What an attempt's replicas are to do."""

    job: str
    name: str
    attempt: int
    entry: str
    """Path of the notebook or script in the snapshot."""
    nonce: str
    """Marks the records on standard output that are the guest's own."""
    cluster: Dict[str, List[str]]
    """Role → ``host:port`` by index."""
    parameters: Dict[str, Any]
    environment: Dict[str, str]
    """The user's variables, secret ones included."""
    cpu: float
    """Cores of each replica."""
    memory: int
    """Bytes of each replica."""
    environment_key: str = ""
    """The environment on the shared volume in which the code runs (provisions.py)."""
    code: str = ""
    """The digest of the packed snapshot where it lies on the shared volume (luggage.py)."""


def encode(order: Order) -> bytes:
    """Write it."""
    return json.dumps(order._asdict(), ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Order:
    """Read it.

    Raises ValueError, TypeError, RecursionError: it is not what ``encode`` has written.
    """
    return Order(**json.loads(data.decode("utf-8", "surrogatepass")))
