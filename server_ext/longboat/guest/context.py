"""Who this replica is and what it was told, read once from the environment.

With no environment at all (somebody ran the zipapp by hand) it is worker 0 of one, and nothing is
written but what the code itself writes.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from longboat.errors import BadInput
from longboat.guest import streams, wire

ROLES = ("chief", "worker", "ps", "evaluator")


@dataclass(frozen=True)
class Context:
    """One replica's place in the world."""

    role: str
    index: int
    cluster: Dict[str, List[str]]
    """Role → ``host:port`` by index; empty for a replica on its own."""
    job_id: str
    job_name: str
    attempt: int
    replica_dir: Optional[str]
    """Where events, status and output go; None: they are not written."""
    model_dir: Optional[str]
    checkpoint_dir: Optional[str]
    checkpoints_lost: bool
    """Whether that folder goes with the replica."""
    parameters: Dict[str, Any]
    report_enabled: bool
    """Whether Keras ``fit`` reports by itself."""
    rehearse: bool = False
    """Whether everything is only tried, in small."""

    @property
    def replica(self) -> str:
        """The name people and files use: ``worker-0``."""
        return f"{self.role}-{self.index}"

    @property
    def is_leader(self) -> bool:
        """Whether this one's success is the job's: the chief, else worker 0."""
        leader = "chief" if self.cluster.get("chief") else "worker"
        return (self.role, self.index) in ((leader, 0), ("chief", 0))

    def emit(self, kind: str, **fields: Any) -> None:
        """Append one event to ``events.jsonl``; nothing where no folder was given.

        Safe from any thread and from child processes: each event is a single write.
        """
        if self.replica_dir:
            # A full disk must not end a training run that would go on without the event.
            with contextlib.suppress(OSError):
                path = os.path.join(self.replica_dir, "events.jsonl")
                wire.append(path, wire.encode(kind, **fields))

    def warn(self, message: str) -> None:
        """Say something a person should see, in the log (no cell said it) and as an event."""
        streams.log(f"longboat: {message}", 2)
        self.emit(wire.WARNING, message=message)


def read(environ: Optional[Mapping[str, str]] = None) -> Context:
    """Read the environment (by default this process's).

    TF_CONFIG counts where LONGBOAT_CLUSTER and LONGBOAT_ROLE are not set. Raises BadInput.
    """
    env = os.environ if environ is None else environ
    given = _object(env, "TF_CONFIG")
    cluster = _cluster(_object(env, wire.CLUSTER) or given.get("cluster") or {})
    role, index = _place(env, given.get("task") or {})
    return Context(
        role=role,
        index=index,
        cluster=cluster,
        job_id=env.get(wire.JOB_ID, ""),
        job_name=env.get(wire.JOB_NAME, ""),
        attempt=_attempt(env.get(wire.ATTEMPT) or "1"),
        replica_dir=env.get(wire.REPLICA_DIR) or None,
        model_dir=env.get(wire.MODEL_DIR) or None,
        checkpoint_dir=env.get(wire.CHECKPOINT_DIR) or None,
        checkpoints_lost=env.get(wire.CHECKPOINTS_LOST) == "1",
        parameters=_object(env, wire.PARAMETERS),
        report_enabled=env.get(wire.AUTOREPORT, "1") != "0",
        rehearse=env.get(wire.REHEARSE) == "1",
    )


def _object(env: Mapping[str, str], name: str) -> Dict[str, Any]:
    """Read a JSON object; an empty one where the variable is not set."""
    try:
        value = json.loads(env.get(name) or "{}")
    except ValueError as error:
        raise BadInput.of(name, f"This is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadInput.of(name, "This must be a JSON object.")
    return value


def _attempt(text: str) -> int:
    if not text.isdigit():
        raise BadInput.of(wire.ATTEMPT, f"{text!r} is not a number counted from 1.")
    return int(text)


def _cluster(value: Any) -> Dict[str, List[str]]:
    if isinstance(value, dict) and all(isinstance(a, list) for a in value.values()):
        return {str(role): [str(a) for a in addresses] for role, addresses in value.items()}
    raise BadInput.of(wire.CLUSTER, 'This must look like {"worker": ["host:port", …], …}.')


def _place(env: Mapping[str, str], task: Dict[str, Any]) -> Tuple[str, int]:
    """Find role and index: LONGBOAT_ROLE, else TF_CONFIG's task, else worker 0."""
    default = f"{task.get('type', 'worker')}:{task.get('index', 0)}"
    text = env.get(wire.ROLE) or default
    role, _, index = text.partition(":")
    if role not in ROLES or not (index or "0").isdigit():
        raise BadInput.of(wire.ROLE, f"{text!r} is not a role; write it like worker:0.")
    return role, int(index or 0)
