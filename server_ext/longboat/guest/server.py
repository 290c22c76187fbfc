"""A parameter server, or a worker that computes what a coordinator sends it: TensorFlow's server.

Under ParameterServerStrategy the notebook is the coordinator's, who is the chief; the others only
serve it. They learn of its end by that of the connection on which they met it before TensorFlow
started, so that they end by themselves, wherever they run.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
from typing import Any, Dict, List, NoReturn

from longboat.guest import streams
from longboat.guest.context import Context
from longboat.guest.failure import CodeFailed, Place
from longboat.guest.reading import Words

_SERVING = ("ps", "worker")


def is_wanted(context: Context, words: Words) -> bool:
    """Tell whether this replica serves, in place of running code of these words.

    Code that makes the servers itself runs in every replica, and so does what trains without
    TensorFlow.
    """
    serving = bool(context.cluster.get("ps")) and context.role in _SERVING
    return serving and words.uses_tensorflow and not words.starts_servers


def serve(context: Context, ties: List[socket.socket]) -> None:
    """Serve until the coordinator has ended; for ever where there is no tie to it.

    TF_CONFIG says where. Raises CodeFailed where there is no TensorFlow, and what TensorFlow raises
    when it cannot serve.
    """
    server = _start(json.loads(os.environ["TF_CONFIG"]))
    streams.log(f"longboat: {context.replica} serves the coordinator at {server.target}.")
    if not ties:
        _for_ever()
    for tie in ties:
        _until_closed(tie)
    streams.log(f"longboat: the coordinator has ended, and {context.replica} with it.")


def _start(config: Dict[str, Any]) -> Any:
    tf = _tensorflow()
    cluster, task = config["cluster"], config["task"]
    # On few cores TensorFlow would take fewer threads than its own guide asks for.
    threads = max(os.cpu_count() or 1, len(cluster.get("worker", ())) + 1)
    return tf.distribute.Server(
        tf.train.ClusterSpec(cluster),
        job_name=task["type"],
        task_index=task["index"],
        protocol="grpc",
        config=tf.compat.v1.ConfigProto(inter_op_parallelism_threads=threads),
    )


def _tensorflow() -> Any:
    try:
        return importlib.import_module("tensorflow")
    except ImportError as error:
        text = f"A server of ParameterServerStrategy needs TensorFlow: {error}"
        streams.complain(text)
        raise CodeFailed(error, Place(None, None, text)) from None


def _until_closed(tie: socket.socket) -> None:
    """Wait until whoever is at the other end has closed it, and only then return.

    A connection that breaks says nothing of it: whoever started this replica will end it.
    """
    tie.setblocking(True)
    tie.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    try:
        while tie.recv(4096):
            pass
    except OSError:
        _for_ever()


def _for_ever() -> NoReturn:
    """Wait for a signal that ends this process."""
    while True:
        signal.pause()
