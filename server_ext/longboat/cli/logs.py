"""``longboat logs``."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from longboat.cli import names
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.outcome import follow_to_end
from longboat.cli.output import print_json, say
from longboat.errors import NotFound
from longboat.records.status import FINAL

if TYPE_CHECKING:
    from longboat.api import Job
    from longboat.records.layout import ReplicaDirectory
    from longboat.spec.job import Replica


@command("logs", example="longboat logs digits --tail 20")
@click.argument("job", shell_complete=names.jobs)
@click.option("--replica", metavar="NAME", help="Only this one, such as worker-0.")
@click.option(
    "--attempt", type=click.IntRange(min=1), metavar="K", help="Of this attempt [default: last]."
)
@click.option("--follow", is_flag=True, help="Go on until the job has ended.")
@click.option(
    "--tail", type=click.IntRange(min=0), metavar="N", help="Only the last N lines [default: all]."
)
def logs(
    job: str,
    replica: str | None,
    attempt: int | None,
    follow: bool,
    tail: int | None,
    as_json: bool,
) -> int:
    """Show or follow what the replicas print.

    The lines of all replicas are merged by time. With --follow the exit code is 1 when the job
    failed or was stopped, and Ctrl-C leaves the job running. With --json each line is an object.
    """
    found = client().job(job)
    chosen = found.replicas(replica)
    if attempt is not None:
        _check_attempt(found, attempt)
    if follow:
        return follow_to_end(found, as_json=as_json, replica=replica, attempt=attempt, tail=tail)
    show(found, chosen, attempt, tail, as_json)
    return 0


def _check_attempt(job: Job, attempt: int) -> None:
    made = job.status.attempt
    if attempt > made:
        raise NotFound(f"Job {job.id} has no attempt {attempt}; the last one is {made}.")


def show(
    job: Job, replicas: list[Replica], attempt: int | None, tail: int | None, as_json: bool
) -> None:
    """Print what is there now, of the last attempt unless told."""
    from longboat.records.timeline import merged
    from longboat.views.replica_lines import Prefixes

    directories = _directories(job, replicas, attempt or job.status.attempt)
    lines: Iterable[tuple[float, Replica, bytes]] = merged(directories, _starts(directories, tail))
    lines = lines if tail is None else deque(lines, maxlen=tail)
    prefixes = Prefixes(replicas)
    nothing = True
    for when, replica, data in lines:
        nothing = False
        if as_json:
            print_json({"t": when, "replica": str(replica), "line": _text(data)}, compact=True)
        else:
            sys.stdout.write(prefixes.line(replica, data) + "\n")
    if nothing and not as_json:
        ended = job.status.state in FINAL
        say("Nothing was printed." if ended else "Nothing is printed yet. Wait for it: --follow")


def _directories(
    job: Job, replicas: list[Replica], attempt: int
) -> dict[Replica, ReplicaDirectory]:
    from longboat.records.layout import RunDirectory

    place = RunDirectory(job.directory).attempt(attempt)
    return {replica: place.replica(replica) for replica in replicas}


def _starts(
    directories: dict[Replica, ReplicaDirectory], tail: int | None
) -> dict[Replica, int] | None:
    """Where to begin in each log, so that not all of it is read for its end."""
    from longboat.records.logs import tail_offset

    if tail is None:
        return None
    return {replica: tail_offset(place.log, tail) for replica, place in directories.items()}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\n")
