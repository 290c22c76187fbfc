"""From an acknowledged job to an exit code: show it, wait for it, or follow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

from longboat.cli.faults import FAILED, INTERRUPTED
from longboat.cli.output import print_json, say, warn
from longboat.views.cells.place import in_cell, typed

if TYPE_CHECKING:
    from longboat.api import Job

left_alone: ContextVar[Callable[[Job], None] | None] = ContextVar("left_alone", default=None)
"""Is told of a job that somebody watched and that goes on unwatched."""


def present(
    job: Job, advice: Sequence[str] = (), *, wait: bool, follow: bool, as_json: bool
) -> int:
    """Show the job as asked; 0, or 1 when it was waited for and failed or was stopped.

    A rehearsal is always waited for. ``advice`` goes to standard error, or into the JSON.
    """
    if not as_json:
        _advise(advice)
    wait = wait or job.record.spec.rehearse
    if (follow or wait) and not as_json:
        say(f"Job {job.id} ({job.name}) is submitted.")
    if follow:
        return _follow(job, advice, as_json=as_json)
    if wait:
        return wait_to_end(job, advice, as_json=as_json)
    _show(job, advice, as_json)
    return 0


def _advise(advice: Sequence[str]) -> None:
    for line in advice:
        warn(line)


def _follow(job: Job, advice: Sequence[str], *, as_json: bool) -> int:
    for line in advice if as_json else ():
        print_json({"kind": "advice", "message": line}, compact=True)
    return follow_to_end(job, as_json=as_json)


def wait_to_end(job: Job, advice: Sequence[str] = (), *, as_json: bool) -> int:
    """Return when the job has ended; interrupted, leave it to itself.

    Below a cell it is watched meanwhile: one has nowhere else to look.
    """
    if in_cell() and not as_json:
        return follow_to_end(job, as_json=False)
    try:
        job.wait()
    except KeyboardInterrupt:
        return detached(job)
    _show(job, advice, as_json)
    return exit_code(job)


def follow_to_end(
    job: Job,
    *,
    as_json: bool,
    replica: str | None = None,
    attempt: int | None = None,
    tail: int | None = None,
    hints: bool = True,
) -> int:
    """Show all that happens until the job has ended; interrupted, leave it to itself.

    ``replica``, ``attempt`` and ``tail`` are those of ``Job.events``. With ``hints`` it ends with
    what to do next.
    """
    from longboat.cli.item_json import stream

    try:
        if as_json:
            stream(job.events(replica, attempt=attempt, tail=tail))
        else:
            job.follow(replica, attempt=attempt, tail=tail)
    except KeyboardInterrupt:
        return detached(job)
    if as_json:
        print_json({"kind": "job", "job": job.to_dict()}, compact=True)
    elif hints:
        _hint(job)
    return exit_code(job)


def _hint(job: Job) -> None:
    from longboat.cli.rehearsal_page import lines_of
    from longboat.views.next_steps import next_steps

    if in_cell():  # the card has them
        for line in lines_of(job):
            say(line)
        return
    say("Next:")
    for line in next_steps(job.to_dict()):
        say(f"  {line}")


def exit_code(job: Job) -> int:
    """Tell scripts how an ended job ended."""
    if job.record.spec.rehearse:
        return FAILED if job.report().findings else 0
    return 0 if job.status.state == "succeeded" else FAILED


def detached(job: Job) -> int:
    """Say that the job goes on without us."""
    leaving = left_alone.get()
    if leaving is not None:
        leaving(job)
    again = typed(f"longboat logs {job.id} --follow")
    say(f"\nThe job goes on. See it again with: {again}")
    say(f"Stop it with: {typed(f'longboat stop {job.id}')}")
    return INTERRUPTED


def _show(job: Job, advice: Sequence[str], as_json: bool) -> None:
    from longboat.cli.job_page import show_page

    if as_json:
        print_json({**job.details(), "advice": list(advice)})
    else:
        show_page(job)
