"""An attempt whose supervisor died without a final word."""

from __future__ import annotations

import signal
import time

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Phase
from longboat.backends.local.record import AttemptFacts, ReplicaFacts
from longboat.explain.cause import Cause
from longboat.records.layout import AttemptDirectory
from longboat.system.identity import alive, host_identity, same_kernel
from longboat.system.locks import FileLock
from longboat.system.processes import descendants, kill, send
from longboat.system.sweep import sweep

_PATIENCE = 1.0
"""Seconds for the keepers to see that the supervisor is gone and to end their replicas."""
_PAUSE = 0.005


def is_dead(attempt: AttemptDirectory, facts: AttemptFacts) -> bool:
    """Tell whether it is known that the attempt's supervisor is dead.

    One of another container cannot be seen from here, but the kernel has let go of its lock.
    """
    lives = alive(facts.supervisor)
    if lives is None and same_kernel(facts.supervisor) and attempt.lock.exists():
        return not FileLock(attempt.lock).held()
    return lives is False


def settle(ref: AttemptRef, facts: AttemptFacts) -> AttemptFacts | None:
    """Give the final facts, once no process of the attempt is left; None while one is.

    Must only be called for an attempt whose supervisor is dead.
    """
    if facts.supervisor.host != host_identity():
        exchanged = same_kernel(facts.supervisor)
        return _final(facts, Cause("container-gone" if exchanged else "rebooted"))
    if not _end_all(ref, facts, _PATIENCE):
        _end_keepers(facts)
        return None
    return _final(facts, None if _has_succeeded(facts) else Cause("supervisor-lost"))


def _has_succeeded(facts: AttemptFacts) -> bool:
    """The leader's success decides how an attempt ends, unless another had failed before it.

    What an evaluator does counts for nothing in this.
    """
    states = [replica.state for replica in facts.replicas if replica.role != "evaluator"]
    return states[0] == "succeeded" and "failed" not in states


def _end_all(ref: AttemptRef, facts: AttemptFacts, seconds: float) -> bool:
    """Wait for the keepers to end their replicas, then end what has escaped them."""
    deadline = time.monotonic() + seconds
    while any(_keeper_lives(replica) for replica in facts.replicas):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return sweep(*ref, seconds=max(0.0, deadline - time.monotonic()))


def _keeper_lives(replica: ReplicaFacts) -> bool:
    return replica.keeper is not None and alive(replica.keeper) is True


def _end_keepers(facts: AttemptFacts) -> None:
    """End keepers that do not do it themselves (somebody has suspended them), and their trees."""
    for replica in facts.replicas:
        if replica.keeper is not None and _keeper_lives(replica):
            tree = descendants(replica.keeper.pid)
            send(replica.keeper.pid, replica.keeper.started, signal.SIGKILL)
            kill(tree)


def _final(facts: AttemptFacts, cause: Cause | None) -> AttemptFacts:
    """Write the final word; no cause for success."""
    replicas = tuple(
        replace(replica, state="stopped") if replica.state in ("pending", "running") else replica
        for replica in facts.replicas
    )
    phase: Phase = "failed" if cause else "succeeded"
    return replace(facts, phase=phase, cause=cause, replicas=replicas, ended=time.time())
