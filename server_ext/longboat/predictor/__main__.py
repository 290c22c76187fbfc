"""Entry of ``python -m longboat.predictor FOLDER``: be a service's predictor.

FOLDER is the service's own and holds ``target.json`` and ``token`` (predictor/control.py).
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from longboat.predictor import child, control
from longboat.predictor.parent import Myself, Parent

BACKLOG = 1024


def main(arguments: list[str] | None = None) -> int:
    """Be a parent, or with ``--child`` (which parents use) a child; gives the exit code."""
    options = _parser().parse_args(arguments)
    if options.child:
        return child.main(options.child)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    folder: Path = options.folder.absolute()
    # Until the bell is connected its ring must not kill; the target is read after that anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    lock = _lock(options.lock or folder / control.LOCK)
    if lock is None:
        logging.info("%s already has a predictor", folder)
        return 0
    me = Myself(options.host, os.getpid(), _started())
    with _listen(options.bind, options.port) as listening:
        asyncio.run(_serve(folder, listening, me, options.bind))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="longboat.predictor", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port wanted; another if it is taken")
    parser.add_argument("--host", default="", help="host identity to write into predictor.json")
    parser.add_argument("--lock", type=Path, help="lock file, on a local disk")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser


async def _serve(folder: Path, listening: socket.socket, me: Myself, bind: str) -> None:
    await Parent(folder, listening, me, bind).run()


def _lock(path: Path) -> int | None:
    """Take the lock for as long as this process lives; None when another has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Not flock: the backend looks with F_OFD_GETLK, which sees only this kind.
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _listen(bind: str, port: int) -> socket.socket:
    """Listen on the wanted port, so that a restarted service keeps its address; else on any."""
    for wanted in (port, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((bind, wanted))
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            continue
        listening.setblocking(False)
        return listening
    raise OSError(f"No port can be had on {bind}")


def _started() -> int:
    """This process's start time: field 22 of /proc/<pid>/stat (proc(5))."""
    stat = Path("/proc/self/stat").read_bytes()
    return int(stat[stat.rindex(b")") + 2 :].split()[19])


if __name__ == "__main__":
    sys.exit(main())
