"""Waiting until the names of the peers resolve: on a cluster they appear with their pods."""

from __future__ import annotations

import socket
import threading
from typing import Dict, Tuple

_EVERY = 0.5  # seconds between two rounds


def split_address(address: str) -> Tuple[str, int]:
    """Split ``host:port`` or ``[v6]:port``. Raises ValueError."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{address!r} is not host:port")
    return host.strip("[]"), int(port)


class Names:
    """Resolves the addresses in the background, because getaddrinfo may block for seconds.

    ``addresses`` maps a replica to its ``host:port``. Use it as a context manager.
    """

    def __init__(self, addresses: Dict[str, str]) -> None:
        self._left = {replica: split_address(a)[0] for replica, a in addresses.items()}
        self._over = threading.Event()
        self._first_round = threading.Event()
        self._thread = threading.Thread(target=self._run, name="longboat-names", daemon=True)

    def __enter__(self) -> Names:
        self._thread.start()
        # Most names are there at once; then the first hello already says so.
        self._first_round.wait(_EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @property
    def unresolved(self) -> Tuple[str, ...]:
        """The replicas whose names do not resolve yet."""
        return tuple(self._left)

    def _run(self) -> None:
        while self._left and not self._over.is_set():
            self._left = {r: host for r, host in self._left.items() if not _resolves(host)}
            self._first_round.set()
            self._over.wait(_EVERY if self._left else 0)


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return True
