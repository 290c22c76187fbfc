"""Runs in a pod in the guest's place: say who this is and what is here, find the peers by name.

The replicas whose index is the first argument then end with the second as their exit code; the
others wait to be ended.
"""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

DEADLINE = time.monotonic() + 90


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    index = os.environ.get("LONGBOAT_REPLICA_INDEX") or os.environ["JOB_COMPLETION_INDEX"]
    order = json.loads(Path("/longboat/job/order.json").read_text())
    for addresses in order["cluster"].values():
        for address in addresses:
            resolve(address.rsplit(":", 1)[0])
    me = os.environ["LONGBOAT_REPLICA_ROLE"] + "-" + index
    print(json.dumps({"me": me, **surroundings()}), flush=True)
    if index == sys.argv[1]:
        sys.exit(int(sys.argv[2]))
    time.sleep(3600)


def resolve(name):
    """Wait until a peer's name is known: that of a pod which has just started is not yet."""
    while True:
        try:
            return socket.getaddrinfo(name, 2222)
        except OSError:
            if time.monotonic() > DEADLINE:
                raise
            time.sleep(0.1)


def surroundings():
    """What the guest counts on."""
    Path("/longboat/run/written").write_text("so it can be")
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    job = Path("/longboat/job")
    return {
        "files": sorted(path.name for path in job.iterdir() if path.name[0] != "."),
        "read_only": not writable(job / "order.json"),
        "token": Path("/var/run/secrets/kubernetes.io/serviceaccount").exists(),
        "seccomp": status["Seccomp"].strip(),
        "no_new_privileges": status["NoNewPrivs"].strip(),
        "capabilities": int(status["CapEff"], 16),
        "checkpoints": os.environ.get("LONGBOAT_CHECKPOINT_DIR"),
    }


def writable(path):
    """Whether the file can be opened for writing."""
    try:
        with path.open("a"):
            return True
    except OSError:
        return False


main()
