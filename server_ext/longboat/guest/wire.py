"""What host and guest say to each other; the only place that knows the format.

Down, the host gives environment variables. Up, the guest appends events to ``events.jsonl`` in its
replica's folder and leaves ``status.json`` as its last word. An event is one JSON object on one
line with ``t`` (seconds since the epoch) and ``kind``; readers pass over kinds they do not know.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Dict, Iterator

JOB_ID = "LONGBOAT_JOB_ID"
JOB_NAME = "LONGBOAT_JOB_NAME"
ATTEMPT = "LONGBOAT_ATTEMPT"
ROLE = "LONGBOAT_ROLE"
"""``worker:1``."""
CLUSTER = "LONGBOAT_CLUSTER"
"""JSON ``{"chief": ["host:port"], "worker": [...], ...}``; from it TF_CONFIG is made."""
REPLICA_DIR = "LONGBOAT_REPLICA_DIR"
MODEL_DIR = "LONGBOAT_MODEL_DIR"
CHECKPOINT_DIR = "LONGBOAT_CHECKPOINT_DIR"
CHECKPOINTS_LOST = "LONGBOAT_CHECKPOINTS_LOST"
"""``1``: that folder goes with the replica; no later attempt finds it."""
PARAMETERS = "LONGBOAT_PARAMETERS"
"""JSON object of the values that replace the notebook's defaults."""
AUTOREPORT = "LONGBOAT_AUTOREPORT"
"""``0`` turns off what Keras ``fit`` reports by itself."""
REHEARSE = "LONGBOAT_REHEARSE"
"""``1``: try everything in small, and go on after what fails."""
PEER_TIMEOUT = "LONGBOAT_PEER_TIMEOUT"
"""Seconds to wait for all peers."""

SWITCHES = frozenset({AUTOREPORT, PEER_TIMEOUT})
"""What a user may set for a job's replicas; the others are the host's alone."""

# Kinds of event, with their fields.
CELL = "cell"
"""index (from 1), of, state "started" | "finished" | "failed" | "skipped", seconds."""
METRICS = "metrics"
"""step (int or null), values {name: number}, source "report" | "fit"."""
PROGRESS = "progress"
"""done, total, unit "step"; from it the host estimates the time left."""
PEERS = "peers"
"""state "waiting" | "met", missing [replica, ...]."""
CHECKPOINT = "checkpoint"
"""written (seconds since the epoch, or null: there is none), path (of its newest file), epoch or
null, kept (whether a later attempt finds it), found (it was there when the attempt began)."""
WARNING = "warning"
"""message."""
FINDING = "finding"
"""error {reason, …} as in status.json: what a rehearsal has found."""
GAP = "gap"
"""bytes of the log and records that were lost on the way to the host, or null; the host's own."""


def encode(kind: str, **fields: Any) -> bytes:
    """Write one event as its line, newline included."""
    event = {"t": time.time(), "kind": kind}
    event.update(fields)
    text = json.dumps(event, separators=(",", ":"), default=str, ensure_ascii=False)
    # Half a surrogate, of a file's odd name, is no Unicode: strict readers would refuse the line.
    return text.encode("utf-8", "replace") + b"\n"


def decode(data: bytes) -> Iterator[Dict[str, Any]]:
    """Read the events in ``data``; a torn or foreign line is passed over."""
    for line in data.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("kind"), str):
            yield event


def append(path: str, line: bytes) -> None:
    """Append one line in a single write, which O_APPEND keeps whole."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
