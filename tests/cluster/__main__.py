"""``python -m cluster up|down|status``: what ``make cluster`` and ``make cluster-down`` run."""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Callable

from cluster import packages
from cluster.control_plane import kubectl
from cluster.down import down
from cluster.errors import ClusterError
from cluster.layout import BUILD
from cluster.up import up

BEGAN = time.monotonic()


def say(sentence: str) -> None:
    """Print one line of progress with the seconds since the start."""
    print(f"[{time.monotonic() - BEGAN:4.0f} s] {sentence}", flush=True)


def status(tell: Callable[[str], None]) -> None:
    """Tell of the nodes and the pods."""
    tell("\n" + kubectl("get", "nodes,pods", "--all-namespaces", "--output=wide"))


ACTIONS = {"up": up, "down": down, "status": status}


def main(words: list[str]) -> int:
    """Do one thing at a time, also when two callers ask; give the exit status."""
    try:
        if len(words) != 1 or words[0] not in ACTIONS:
            raise ClusterError("Say what to do: python -m cluster up|down|status")
        packages.require_root()
        BUILD.mkdir(parents=True, exist_ok=True)
        with (BUILD / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ACTIONS[words[0]](say)
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
