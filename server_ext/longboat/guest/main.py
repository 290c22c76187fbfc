"""``python longboat.pyz run ENTRY``: what happens in a replica, in order.

``python longboat.pyz carry`` does the same in a pod, by way of carry.py.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, List, NoReturn, Optional

from longboat.guest import api, cells, checkpoints, context, ending, notebook, process, script, wire
from longboat.guest.context import Context

if TYPE_CHECKING:
    import socket

_ties: List[socket.socket] = []
"""To the peers; they end with this process, which is how servers learn that there is none."""


def main() -> NoReturn:
    """Run what the command line names, leave the last word and end the process."""
    options = _options()
    if options.command == "carry":
        _carry(options)
    if options.command == "segment":
        _segment(options)
    if options.command in ("erase", "receive", "install"):
        _do_errand(options)
    if options.role:
        os.environ[wire.ROLE] = options.role
    process.prepare()
    owner = os.getpid()
    error: Optional[BaseException] = None
    try:
        _run(options)
    except BaseException as raised:
        error = raised
    ending.end(error, owner)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="longboat.pyz", description="Run a notebook or a script as one replica of a job."
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    run = commands.add_parser("run", help="run a notebook or a script here")
    run.add_argument("entry", metavar="ENTRY", help="a notebook (.ipynb) or a Python script")
    run.add_argument("--role", help="this replica, like worker:1 (default: the environment's)")
    run.add_argument("--output", metavar="FILE", help="write the executed notebook here")
    run.add_argument("arguments", nargs="*", metavar="ARG", help="what a script gets as sys.argv")
    carry = commands.add_parser("carry", help="be the first process of a pod")
    for name, kind in (("--job", str), ("--run", str), ("--limit", int), ("--patience", float)):
        carry.add_argument(name, type=kind, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    segment = commands.add_parser("segment", help="print a part of the copy of a pod's stream")
    segment.add_argument("path", metavar="PATH")
    segment.add_argument("start", metavar="START", type=int)
    erase = commands.add_parser("erase", help="remove what a job has on a shared volume")
    erase.add_argument("volume", metavar="VOLUME")
    erase.add_argument("job", metavar="JOB")
    install = commands.add_parser("install", help="install what a job requires on a volume")
    for name in ("volume", "job", "key"):
        install.add_argument(name, metavar=name.upper())
    receive = commands.add_parser("receive", help="take in code for a job on a shared volume")
    for name in ("volume", "job", "sha256"):
        receive.add_argument(name, metavar=name.upper())
    for name in ("size", "start"):
        receive.add_argument(name, metavar=name.upper(), type=int)
    return parser.parse_args()


def _carry(options: argparse.Namespace) -> NoReturn:
    # Here and not above: what unpacks and packs is of no use to whoever only runs.
    from longboat.guest import carry

    given = {name: value for name, value in vars(options).items() if name != "command"}
    carry.carry(carry.Options(**given))


def _segment(options: argparse.Namespace) -> NoReturn:
    from longboat.guest import segment

    segment.run(options.path, options.start)


def _do_errand(options: argparse.Namespace) -> NoReturn:
    from longboat.guest import errand

    given = {name: value for name, value in vars(options).items() if name != "command"}
    if options.command == "erase":
        errand.erase(**given)
    if options.command == "install":
        errand.install(**given)
    errand.receive(**given)


def _run(options: argparse.Namespace) -> None:
    """Raise CodeFailed, Stopped, or what kept it from starting."""
    here = context.read()
    os.environ[wire.ROLE] = f"{here.role}:{here.index}"
    if here.cluster.get("ps") and _served(here, options.entry):
        return
    if options.entry.endswith(".ipynb"):
        _run_notebook(here, options)
    else:
        _meet(here)
        script.run(options.entry, options.arguments)
    _look_back(here)


def _served(here: Context, entry: str) -> bool:
    """Serve a coordinator from beginning to end, where that is what this replica is for."""
    # Here and not above: few jobs have parameter servers.
    from longboat.guest import reading, server

    if not server.is_wanted(here, reading.words_of(entry)):
        return False
    _meet(here)
    server.serve(here, _ties)
    return True


def _run_notebook(here: Context, options: argparse.Namespace) -> None:
    raw = notebook.prepare(notebook.load(options.entry), here.parameters)
    inside = here.replica_dir and os.path.join(here.replica_dir, "output.ipynb")
    run = cells.Run(here, raw, options.output or inside)
    process.behave_like_a_kernel(options.entry)
    _meet(here)
    if here.rehearse:
        # Here and not above: few runs are rehearsals.
        from longboat.guest import rehearsal_keras

        rehearsal_keras.install(run.shortened)
    run.all()


def _meet(here: Context) -> None:
    # Here and not above: sockets and threads cost time that a lone replica need not spend.
    from longboat.guest import distributed

    distributed.install_hooks(here)
    _ties.extend(distributed.join(here))
    checkpoints.watch(here)


def _look_back(here: Context) -> None:
    """Say what a person should know of a run that went well."""
    unused = sorted(set(here.parameters) - api.asked)
    # An evaluator may end before the cell that asks.
    if unused and here.role != "evaluator":
        here.warn(
            f"Nothing asked for the parameters {', '.join(unused)}: take them with"
            " longboat.params(…), or tag a cell 'parameters'."
        )
