"""The files by which a service's backend and its predictor talk, all in the service's folder.

The backend writes ``target.json`` and sends SIGHUP; the predictor's parent writes
``predictor.json`` and, about once a second while something changes, ``stats.json``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from longboat.spec.decoding import UNDECODABLE
from longboat.spec.service import PredictorOptions

TARGET = "target.json"
PREDICTOR = "predictor.json"
STATS = "stats.json"
TOKEN = "token"
"""0600: the bearer token that every request but ``/healthz`` must carry."""
LOG = "predictor.log"
LOCK = "predictor.lock"
"""Held by the parent for as long as it lives, so that a service never has two."""

SERVICE_ENV = "LONGBOAT_SERVICE"
"""In the environment of every process of a service: its name."""

PredictorState = Literal["loading", "ready", "failed", "stopped"]


class Served(msgspec.Struct, frozen=True):
    """One model version and where it lies."""

    model: str
    version: int
    path: str
    """The SavedModel folder."""
    options: PredictorOptions = PredictorOptions()


class Target(msgspec.Struct, frozen=True):
    """What the backend wants answered."""

    generation: int
    """Grows with every change of mind; predictor.json says which one it speaks of."""
    served: Served


class PredictorRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the parent says of itself."""

    host: str
    """The host identity it was given; with pid and started it is known for certain."""
    pid: int
    started: int
    """Clock ticks after boot (proc(5))."""
    url: str
    """``http://127.0.0.1:<port>``."""
    port: int
    state: PredictorState
    """Of the target: ``failed`` with ``serving`` set means that the old version goes on."""
    message: str = ""
    generation: int = 0
    serving: Served | None = None
    """What answers now (or will as soon as a killed child is up again)."""


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of the service since it was first deployed.

    A child's death loses nothing of it, its parent's at most the second since the last writing.
    """

    requests: int = 0
    """Predictions asked for, whatever came of them."""
    client_errors: int = 0
    """Answered with 4xx."""
    server_errors: int = 0
    """Answered with 5xx, or lost with the child that was at work on them."""
    latency_sum: float = 0.0
    """Seconds, over the predictions that were answered with 200."""
    p50: float | None = None
    """Milliseconds, from the whole request received to the answer handed to the kernel."""
    p99: float | None = None
    buckets: dict[int, int] = {}
    """The histogram behind p50 and p99 (predictor/counters.py)."""


Record = TypeVar("Record", Target, PredictorRecord, Stats)


def read(path: Path, kind: type[Record]) -> Record | None:
    """Read a file of the folder; None when it is not there (yet) or not whole."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, *UNDECODABLE):
        return None


def write(path: Path, record: Record) -> None:
    """Replace a file of the folder at once; not fsynced, since it only tells of live processes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(msgspec.json.encode(record))
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
