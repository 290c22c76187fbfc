"""``longboat env`` and ``longboat env prune``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from longboat.cli.grammar import Entry, ExampleGroup, command, json_option
from longboat.cli.link import client
from longboat.cli.output import Column, age, print_json, print_table, say
from longboat.explain.words import count
from longboat.spec.quantities import format_memory

if TYPE_CHECKING:
    from longboat.environments.store import Kept

COLUMNS = (
    *(Column("environment"), Column("size", right=True), Column("used", right=True)),
    *(Column("jobs", right=True), Column("requirements", shrinks=True)),
)


@click.group(
    "env",
    cls=ExampleGroup,
    example="longboat env",
    invoke_without_command=True,
    entries={"prune": Entry("env:prune", "Remove those that no unfinished job runs in.")},
)
@json_option
@click.pass_context
def env(context: click.Context, as_json: bool) -> None:
    """List the environments that were built for jobs, or remove some."""
    if context.invoked_subcommand is not None:
        return
    here = client()
    jobs = Counter(job.record.spec.python for job in here.jobs())
    found = [_describe(each, jobs) for each in here.engine.environments.kept()]
    if as_json:
        print_json(found)
    elif found:
        print_table(COLUMNS, [_row(each) for each in found])
    else:
        say("No environments yet. One is built for: longboat submit … --requirements FILE")


@command("prune", example="longboat env prune")
def prune(as_json: bool) -> None:
    """Remove the environments that no unfinished job runs in.

    One that was used within the hour stays. A job that is run again has its own built anew.
    """
    gone = client().engine.prune_environments()
    if as_json:
        print_json([each.key for each in gone])
    else:
        say(f"{count(len(gone), 'environment')} removed.")


def _describe(kept: Kept, jobs: Counter[str | None]) -> dict[str, Any]:
    return {
        "key": kept.key,
        "path": str(kept.path),
        "base": kept.record.base,
        "requirements": list(kept.record.requirements),
        "installed": kept.record.installed,
        "size": kept.size,
        "built": kept.record.built,
        "used": kept.used,
        "jobs": jobs[kept.python],
    }


def _row(environment: dict[str, Any]) -> list[str]:
    return [
        environment["key"],
        format_memory(environment["size"]),
        age(environment["used"]),
        str(environment["jobs"] or ""),
        " ".join(environment["requirements"]),
    ]
