"""``longboat diff``."""

from __future__ import annotations

import click

from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import print_json, say

EXAMPLE = """\
longboat again digits --name digits-longer -p epochs=2 --wait
longboat diff digits digits-longer"""


@command("diff", example=EXAMPLE)
@click.argument("job")
@click.argument("other", metavar="JOB")
@click.option("--unified", is_flag=True, help="Show line by line how text files changed.")
def diff(job: str, other: str, unified: bool, as_json: bool) -> None:
    """Say what is other between two jobs.

    It compares the cells of their notebooks, their files, parameters, what was asked, the
    environment, and how they ended. Outputs are not compared.
    """
    from longboat.cli.diff_page import diff_page
    from longboat.jobs.comparison_view import describe_comparison

    here = client()
    found = here.job(job).diff(here.job(other), texts=unified)
    if as_json:
        print_json(describe_comparison(found))
    else:
        for line in diff_page(found):
            say(line)
