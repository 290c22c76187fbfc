"""``longboat du``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import Column, age, print_json, print_table, say
from longboat.explain.words import count
from longboat.spec.quantities import format_memory

if TYPE_CHECKING:
    from longboat.housekeeping.usage import SnapshotUsage, Usage

SHORT = 12
"""Characters of an address that are shown: enough to tell a home's snapshots apart."""
WORDS = {
    "snapshots": "snapshots, what several hold counted once",
    "logs": "logs of jobs",
    "files": "outputs and files of jobs",
    "models": "models",
    "services": "services",
    "records": "records of jobs",
    "rest": "the rest: the index, zipapps, Longboat's own logs",
}
SIZE = Column("size", right=True)
PARTS = (SIZE, Column("what"))
JOBS = (
    *(SIZE, Column("job"), Column("name", shrinks=True), Column("state")),
    *(Column("ended", right=True), Column("logs", right=True), Column("files", right=True)),
)
SNAPSHOTS = (SIZE, Column("alone", right=True), Column("snapshot"), Column("of", shrinks=True))
NAMED = (SIZE, Column("name", shrinks=True))
FREEABLE = (SIZE, Column("command"), Column("what", shrinks=True))


@command("du", example="longboat du")
@click.option("--limit", type=click.IntRange(min=1), default=5, show_default=True)
def du(limit: int, as_json: bool) -> None:
    """Say what takes the space, and what could be freed.

    The biggest come first, at most --limit of each kind; --json has all of them. Sizes are those on
    the disk. Of a snapshot ALONE is what no other one holds.
    """
    usage = client().usage()
    if as_json:
        print_json(msgspec.to_builtins(usage))
        return
    say(f"{format_memory(usage.size)} in {usage.home}")
    print_table(PARTS, [[format_memory(each.size), WORDS[each.kind]] for each in usage.parts])
    for title, columns, rows in _tables(usage):
        if rows:
            say()
            say(title if len(rows) <= limit else f"{title}, the biggest {limit} of {len(rows)}")
            print_table(columns, rows[:limit])
    if usage.obstacle:
        say()
        say(f"Which snapshots nobody needs cannot be said. {usage.obstacle}")


def _tables(usage: Usage) -> Iterator[tuple[str, Sequence[Column], list[list[str]]]]:
    """Give title, columns and rows of every table that may be cut."""
    yield (
        "Jobs",
        JOBS,
        [
            [
                *(format_memory(job.size), job.id, job.name, job.state or "cannot be read"),
                *(age(job.ended), format_memory(job.logs), format_memory(job.files)),
            ]
            for job in usage.jobs
        ],
    )
    yield (
        "Snapshots",
        SNAPSHOTS,
        [
            [
                *(format_memory(each.size), format_memory(each.alone)),
                *(each.address[:SHORT], _holders(each)),
            ]
            for each in usage.snapshots
        ],
    )
    for title, named in (("Models", usage.models), ("Services", usage.services)):
        yield title, NAMED, [[format_memory(each.size), each.name] for each in named]
    yield (
        "Could be freed now",
        FREEABLE,
        [[format_memory(each.size), each.command, each.what] for each in usage.freeable],
    )


def _holders(snapshot: SnapshotUsage) -> str:
    """Name who needs it: a few, and how many more."""
    names = [*snapshot.jobs, *(f"model {name}" for name in snapshot.models)]
    shown = ", ".join(names[:3]) or "nobody"
    return shown if len(names) <= 3 else f"{shown} and {count(len(names) - 3, 'other')}"
