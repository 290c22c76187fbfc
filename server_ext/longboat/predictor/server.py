"""What a child does: load, warm, report that it is ready, answer, drain."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from pathlib import Path

import uvloop

from longboat.predictor.app import App, Identity
from longboat.predictor.counters import Counters
from longboat.predictor.http import Connections
from longboat.predictor.model import LoadedModel
from longboat.predictor.reporting import ChildSpec, Report, report

BACKLOG = 1024
DRAIN_TIMEOUT = 30.0
"""Seconds in which a draining child finishes what it was asked."""
TICK = 0.5
DRAIN_TICK = 0.02

log = logging.getLogger(__name__)


def run(spec: ChildSpec) -> None:
    """Answer until SIGTERM; raises whatever keeps the model from being loaded."""
    started = time.monotonic()
    model = LoadedModel(Path(spec.served.path), spec.served.options.threads)
    model.warm()
    log.info("%s is loaded after %.1f s", spec.served.path, time.monotonic() - started)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(spec, model))


async def _serve(spec: ChildSpec, model: LoadedModel) -> None:
    loop = asyncio.get_running_loop()
    leave = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, leave.set)
    served = spec.served
    identity = Identity(served.model, served.version, Path(spec.token).read_bytes().strip())
    app = App(identity, model, served.options, Counters(spec.counters), loop)
    connections = Connections(app)
    listening = socket.socket(fileno=spec.listen)
    listening.setblocking(False)
    server = await loop.create_server(connections.connect, sock=listening, backlog=BACKLOG)
    report(spec, Report("ready"))
    ticking = asyncio.create_task(_tick(connections))
    await leave.wait()
    server.close()
    await _drain(connections)
    ticking.cancel()


async def _tick(connections: Connections) -> None:
    while True:
        await asyncio.sleep(TICK)
        connections.tick()


async def _drain(connections: Connections) -> None:
    """Finish what was asked; who is still in the socket's queue belongs to the successor."""
    connections.draining_since = time.monotonic()
    deadline = connections.draining_since + DRAIN_TIMEOUT
    while connections.all and time.monotonic() < deadline:
        await asyncio.sleep(DRAIN_TICK)
