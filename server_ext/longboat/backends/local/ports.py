"""Ports for TensorFlow's servers, held from before a replica is started until the attempt ends."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from longboat.spec.job import Replica


def hold_ports(replicas: Iterable[Replica]) -> dict[Replica, socket.socket]:
    """Bind a free port for each replica.

    SO_REUSEPORT lets the replica, of the same user, bind it as well (TensorFlow with
    TF_GRPC_REUSE_PORT=1); nobody else gets it meanwhile. These sockets never listen, so every
    connection reaches the replica. They must not be waited on: select calls them readable for ever.
    Raises OSError.
    """
    return {replica: _hold_port() for replica in replicas}


def _hold_port() -> socket.socket:
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("", 0))
    return holder
