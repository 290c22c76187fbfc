"""``longboat prune``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from longboat.cli.faults import FAILED
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import Column, print_json, print_table, say, warn
from longboat.explain.words import count
from longboat.spec.quantities import format_memory

if TYPE_CHECKING:
    from longboat.housekeeping.pruning import Pruned

COLUMNS = (
    *(Column("job"), Column("name", shrinks=True), Column("size", right=True)),
    Column("why", shrinks=True),
)


@command("prune", example="longboat prune --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
def prune(dry_run: bool, as_json: bool) -> int:
    """Remove what nobody needs any more.

    Jobs go that retention.toml does not keep, and snapshots that no job and no model was made from.
    A steward does the same by itself when jobs have ended or been removed.
    """
    here = client()
    before = here.removed()
    pruned = here.prune(dry_run=dry_run)
    if as_json:
        told = {"dry_run": dry_run, **msgspec.to_builtins(pruned), "before": before}
        print_json(told)
    else:
        _show(pruned, len(before), dry_run)
    return FAILED if pruned.obstacle else 0


def _show(pruned: Pruned, before: int, dry_run: bool) -> None:
    if pruned.jobs:
        rows = [[job.job, job.name, format_memory(job.size), job.reason] for job in pruned.jobs]
        print_table(COLUMNS, rows)
    if pruned.obstacle:
        warn(f"No snapshot can be removed. {pruned.obstacle}")
    if pruned.size:
        size = format_memory(pruned.size)
        if dry_run:
            say(f"Would be removed: {_what(pruned)}; {size} would be free.")
        else:
            say(f"Removed: {_what(pruned)}; {size} are free again.")
    elif not pruned.obstacle:
        say("Everything here is needed.")
    if before:
        say(
            f"Removed before this: {count(before, 'job')}; --json lists them, each with its reason."
        )


def _what(pruned: Pruned) -> str:
    """Name what went; without either it is what a crash left half stored."""
    parts = []
    if pruned.jobs:
        parts.append(count(len(pruned.jobs), "job"))
    if pruned.snapshots:
        parts.append(f"{count(len(pruned.snapshots), 'snapshot')} that nobody needs")
    return " and ".join(parts) or "contents that no snapshot holds"
