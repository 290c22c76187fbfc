"""Peers meet on the leader's TensorFlow port before TensorFlow starts.

A lone worker of MultiWorkerMirroredStrategy waits for its peers without end and without a word.
So the leader listens on its own port first, the others say hello (hello.py), and either all are
told to go, or all end with the names of those who are missing, and why. The meeting has no
authentication, as TensorFlow's own gRPC on that port has none; strangers' bytes are ignored.
"""

from __future__ import annotations

import socket
from typing import List

from longboat.guest.gathering import gather
from longboat.guest.party import OnWaiting, Party, Patience, PeersMissing
from longboat.guest.visit import visit

__all__ = ["OnWaiting", "Party", "PeersMissing", "meet"]


def meet(party: Party, timeout: float, on_waiting: OnWaiting) -> List[socket.socket]:
    """Return once every replica of the party is there and ready to start TensorFlow.

    Gives the connections on which they met, still open: the leader's to everybody, or a visitor's
    to the leader. Nothing more is said on them, and each ends with whoever holds its other end.
    Raises PeersMissing after ``timeout`` seconds, or sooner when another replica gave up.
    """
    side = gather if party.me == party.leader else visit
    return side(party, Patience(timeout), on_waiting)
