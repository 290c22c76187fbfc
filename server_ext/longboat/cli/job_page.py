"""One job on one page, in words, ending with what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from longboat.cli.output import age, say
from longboat.cli.rehearsal_page import lines_of
from longboat.explain.going_on import has_begun
from longboat.explain.words import count, duration
from longboat.spec.quantities import format_memory
from longboat.views.cells.place import in_cell, show
from longboat.views.next_steps import next_steps
from longboat.views.terminal import metrics_line, paint, paint_state

if TYPE_CHECKING:
    from longboat.api import Job


def show_page(job: Job) -> None:
    """Print the page of ``job``, with a rehearsal's report; below a cell it is a card."""
    told, report = job.to_dict(), list(lines_of(job))
    lines = [*page(told), *report]
    if not in_cell():
        for line in lines:
            say(line)
        return
    from longboat.views.cells.card import card, excerpt

    where = job.failed_cell()
    shown = card(
        told,
        excerpt=excerpt(where.words, where.source, where.line) if where else None,
        notes=report,
    )
    show("\n".join(lines), shown)


def page(job: dict[str, Any]) -> Iterator[str]:
    """Write the lines of the page of ``job``, its stable JSON."""
    what = "  (rehearsal)" if job["rehearse"] else ""
    yield f"{paint(job['name'], bold=True)}  {job['id']}  {paint_state(job['state'])}{what}"
    if job["message"]:
        yield job["message"]
    yield ""
    yield _times(job)
    yield from _attempts(job)
    if job["imported"]:
        yield from _origin(job)
    yield from _progress(job)
    yield from _replicas(job)
    if job["metrics"]:
        yield f"Metrics: {metrics_line(job['metrics'])}."
    if job["model"]:
        yield f"Model: {job['model']}."
    yield ""
    yield "Next:"
    for line in next_steps(job):
        yield f"  {line}"


def _times(job: dict[str, Any]) -> str:
    parts = [f"Submitted {age(job['created'])} ago"]
    if job["started"] and job["ended"]:
        parts.append(f"ran for {duration(job['ended'] - job['started'])}")
    elif job["started"]:
        parts.append(f"running for {age(job['started'])}")
    if job["attempt"] > 1 or job["retries"]:
        parts.append(f"attempt {job['attempt']} of {1 + job['retries'] + job['displaced']}")
    return ", ".join(parts) + f", on {job['backend']}."


def _attempts(job: dict[str, Any]) -> Iterator[str]:
    """Say from where the present attempt went on, and which ones cost nothing."""
    if job["attempt"] > 1 and job["begun"] == job["attempt"]:
        found = job["resumed"]
        if found is None:
            said = has_begun(job["attempt"], None, None)
        else:
            words = has_begun(job["attempt"], found["epoch"], found["path"])
            said = f"{words}, written {age(found['written'])} ago"
        yield f"{said[0].upper()}{said[1:]}."
    if job["displaced"]:
        times = count(job["displaced"], "attempt")
        yield f"Ended by the machine or the cluster, which costs no retry: {times}."


def _origin(job: dict[str, Any]) -> Iterator[str]:
    """Say that it ran elsewhere: what it names of a machine is of that one."""
    there = job["imported"]
    exported = f"{there['who']}@{there['host']} exported it {age(there['when'])} ago"
    yield f"Imported {age(there['at'])} ago; {exported}."
    if there["model"] and not job["model"]:
        yield f"Its model {there['model']} stayed there."


def _progress(job: dict[str, Any]) -> Iterator[str]:
    at = job["progress"]
    if not at["cells"]:
        return
    left = f", about {duration(at['remaining'])} left" if at["remaining"] else ""
    share = f", {at['done'] / at['total']:.0%} of its steps" if at["total"] else ""
    yield f"Cell {at['cell']} of {at['cells']}{share}{left if job['state'] == 'running' else ''}."


def _replicas(job: dict[str, Any]) -> Iterator[str]:
    limit = format_memory(job["resources"]["memory"])
    for replica in job["replicas"]:
        code = replica["exit_code"]
        peak = replica["memory_peak"]
        yield (
            f"  {replica['role']}-{replica['index']}  {paint_state(replica['state'])}"
            + (f"  exit code {code}" if code else "")
            + (f"  needed {format_memory(peak)} of {limit} memory" if peak else "")
        )
