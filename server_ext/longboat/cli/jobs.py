"""``longboat jobs``, ``status``, ``stop`` and ``rm``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from longboat.cli import names
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import Column, age, print_json, print_table, say, warn
from longboat.explain.words import count
from longboat.views.terminal import metrics_line

if TYPE_CHECKING:
    from longboat.records.status import JobState

STATES = ("queued", "starting", "running", "succeeded", "failed", "stopped")
MOST_LEFT_OUT = 3
COLUMNS = (
    Column("id"),
    Column("name", shrinks=True),
    Column("state"),
    Column("age", right=True),
    Column("replicas", right=True),
    Column("progress", shrinks=True),
    Column("metrics", shrinks=True),
)


@command("jobs", example="longboat jobs --state running")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--name", help="Only jobs of this name.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
def jobs(state: JobState | None, name: str | None, limit: int, as_json: bool) -> None:
    """List jobs, the newest first."""
    here = client()
    found = [job.to_dict() for job in here.jobs(state=state, name=name, limit=limit + 1)]
    shown, more = found[:limit], len(found) > limit
    for line in left_out(here.unreadable()):
        warn(line)
    if as_json:
        print_json(shown)
    elif shown:
        print_table(COLUMNS, [row(job) for job in shown])
    if more:
        (warn if as_json else say)(f"These are the newest {limit}. --limit shows more.")
    if as_json or shown:
        return
    if state or name:
        say("No job is like that. longboat jobs lists all.")
    else:
        say("No jobs yet. Run a notebook as one: longboat submit NOTEBOOK.ipynb --follow")


def left_out(unreadable: dict[str, str]) -> Iterator[str]:
    """Say which jobs are not listed, and why: a few, and how many more."""
    listed = sorted(unreadable.items())
    for job_id, why in listed[:MOST_LEFT_OUT]:
        yield f"Job {job_id} is not listed. {why}"
    if more := listed[MOST_LEFT_OUT:]:
        yield f"Nor are {count(len(more), 'job')} more; longboat doctor looks at them."


def row(job: dict[str, Any]) -> list[str]:
    """One job as a row of the table."""
    return [
        job["id"],
        f"{job['name']} (rehearsal)" if job["rehearse"] else job["name"],
        job["state"],
        age(job["created"]),
        str(len(job["replicas"]) or ""),
        progress(job),
        metrics_line(job["metrics"]),
    ]


def progress(job: dict[str, Any]) -> str:
    """How far the job is, in a few words."""
    if job["state"] == "queued":
        return str(job["message"])
    at = job["progress"]
    cell = f"cell {at['cell']} of {at['cells']}" if at["cells"] else ""
    share = f"{at['done'] / at['total']:.0%}" if at["total"] and job["state"] == "running" else ""
    return ", ".join(part for part in (cell, share) if part)


@command("status", example="longboat status digits")
@click.argument("job", shell_complete=names.jobs)
def status(job: str, as_json: bool) -> None:
    """Say how a job is, and what to do next."""
    from longboat.cli.job_page import show_page

    found = client().job(job)
    if as_json:
        print_json(found.details())
    else:
        show_page(found)


@command("stop", example="longboat stop digits --wait")
@click.argument("job", shell_complete=names.jobs)
@click.option("--wait", is_flag=True, help="Return when the job has ended.")
def stop(job: str, wait: bool, as_json: bool) -> None:
    """Stop a job.

    What it has written so far is kept. A job that has ended stays as it is.
    """
    from longboat.records.status import FINAL

    found = client().job(job)
    found.stop()
    if wait:
        found.wait()
    told = found.to_dict()
    if as_json:
        print_json(told)
    elif told["state"] in FINAL:
        say(f"Job {found.id} ({found.name}) has {_ended(told['state'])}.")
    else:
        say(f"Job {found.id} ({found.name}) is being stopped.")


def _ended(state: str) -> str:
    return "been stopped" if state == "stopped" else state


@command("rm", example="longboat rm digits")
@click.argument("job", shell_complete=names.jobs)
def rm(job: str, as_json: bool) -> None:
    """Remove a job with all it wrote.

    It is stopped first if it runs; a model that it left stays. A job whose record cannot be read is
    removed, too.
    """
    removed = client().remove(job)
    if as_json:
        print_json({"id": removed.id, "name": removed.name, "removed": removed.gone})
    else:
        gone = "removed" if removed.gone else "being stopped, and is removed when it has ended"
        name = f" ({removed.name})" if removed.name else ""
        say(f"Job {removed.id}{name} is {gone}.")
