"""A replica's place among its peers: TF_CONFIG, and the meeting before TensorFlow starts."""

from __future__ import annotations

import json
import os
import socket
from typing import Dict, List

from longboat.errors import BadInput
from longboat.guest import keras_mend, keras_report, peers, wire
from longboat.guest.context import ROLES, Context
from longboat.guest.names import split_address
from longboat.guest.peers import PeersMissing

__all__ = ["PeersMissing", "install_hooks", "join"]

_MEMBERS = ("chief", "worker", "ps")
"""Of TensorFlow's cluster. An evaluator is none: it only reads checkpoints."""
_DEFAULT_TIMEOUT = "300"  # seconds


def install_hooks(context: Context) -> None:
    """Prepare what happens once Keras is imported: the mend, and reports of ``fit``."""
    keras_mend.install(context.warn)
    if context.is_leader and context.report_enabled:
        keras_report.install(context.emit)


def join(context: Context) -> List[socket.socket]:
    """Set TF_CONFIG where there are peers, and meet them; call it before TensorFlow is imported.

    Gives the connections on which they met (peers.meet); they are to be held as long as this
    replica lives. A TF_CONFIG that somebody else gave is left as it is; LONGBOAT_CLUSTER overrules
    it. Who trains alone gets none, so that MirroredStrategy and plain TensorFlow work as ever.
    Raises PeersMissing, or BadInput when the cluster has no usable address for every replica.
    """
    cluster = {role: context.cluster[role] for role in ROLES if context.cluster.get(role)}
    if sum(map(len, cluster.values())) < 2:
        return []
    _check(cluster, context)
    if os.environ.get(wire.CLUSTER) or not os.environ.get("TF_CONFIG"):
        _tell_tensorflow(context, cluster)
    # The supervisor may hold our port with SO_REUSEPORT; gRPC joins it only when told so.
    os.environ.setdefault("TF_GRPC_REUSE_PORT", "1")
    # Without a job's id the others may be plain TensorFlow, which does not say hello.
    return _meet(context, cluster) if context.job_id else []


def _tell_tensorflow(context: Context, cluster: Dict[str, List[str]]) -> None:
    members = {role: cluster[role] for role in _MEMBERS if role in cluster}
    if context.role in _MEMBERS and sum(map(len, members.values())) < 2:
        os.environ.pop("TF_CONFIG", None)
        return
    task = {"type": context.role, "index": context.index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": members, "task": task})


def _meet(context: Context, cluster: Dict[str, List[str]]) -> List[socket.socket]:
    """Meet everybody, an evaluator too: all replicas run the user's code, or none does."""
    addresses = {
        f"{role}-{index}": address
        for role, each in cluster.items()
        for index, address in enumerate(each)
    }
    if context.replica not in addresses:  # an evaluator that somebody runs by hand
        return []
    party = peers.Party(context.replica, addresses, context.job_id, context.attempt)

    def on_waiting(missing: List[str]) -> None:
        context.emit(wire.PEERS, state="waiting", missing=missing)

    ties = peers.meet(party, _timeout(), on_waiting)
    context.emit(wire.PEERS, state="met", missing=[])
    return ties


def _check(cluster: Dict[str, List[str]], context: Context) -> None:
    source = wire.CLUSTER if os.environ.get(wire.CLUSTER) else "TF_CONFIG"
    if context.role != "evaluator" and context.index >= len(cluster.get(context.role, [])):
        raise BadInput.of(
            source, f"It names no address for this replica, {context.replica}; add one."
        )
    for role, addresses in cluster.items():
        for index, address in enumerate(addresses):
            try:
                split_address(address)
            except ValueError as error:
                raise BadInput.of(
                    source, f"The address of {role}-{index}: {error}; mend it."
                ) from None


def _timeout() -> float:
    text = os.environ.get(wire.PEER_TIMEOUT) or _DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise BadInput.of(wire.PEER_TIMEOUT, f"{text!r} is not a number of seconds above 0.")
    return seconds
