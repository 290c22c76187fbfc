"""``longboat tensorboard``."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

import click

from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import print_json, say

if TYPE_CHECKING:
    from longboat.api import Job
    from longboat.boards.board import Board


@command("tensorboard", example="longboat tensorboard digits digits-longer")
@click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where it answers [default: 6006, or the next]."
)
def tensorboard(jobs: tuple[str, ...], port: int | None, as_json: bool) -> None:
    """Show jobs in TensorBoard, beside each other.

    It shows the metrics that they report, while they run as well, and the event files that they
    write to their working folder, as keras.callbacks.TensorBoard("logs") does. It answers on this
    machine only, until Ctrl-C; nothing is left then.
    """
    here = client()
    found = {job.id: job for job in map(here.job, jobs)}
    with _interruptible(), here.tensorboard(list(found.values()), port) as board:
        _tell(board, found, as_json)
        board.serve()


def _tell(board: Board, jobs: dict[str, Job], as_json: bool) -> None:
    shown = [{"id": job.id, "name": job.name, "run": board.runs[job.id]} for job in jobs.values()]
    if as_json:
        told = {"url": board.url, "logdir": str(board.logdir), "jobs": shown}
        print_json({**told, "remarks": board.remarks()}, compact=True)
        return
    for line in board.remarks():
        say(line)
    names = ", ".join(job["run"] for job in shown)
    say(f"TensorBoard shows {names} at {board.url} until Ctrl-C.")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C, and whoever asks the process to end, be how it ends: it is no failure."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, _interrupt) for each in signals}
    try:
        yield
    except KeyboardInterrupt:
        say()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
