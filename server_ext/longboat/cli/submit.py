"""``longboat submit`` and ``longboat again``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from longboat.cli import names
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.outcome import present
from longboat.cli.output import print_json, say, warn
from longboat.cli.plan_page import difference_line, travelled
from longboat.views.plan import as_yaml, plan_dict

if TYPE_CHECKING:
    from longboat.jobs.submission import Plan

F = TypeVar("F", bound=Callable[..., Any])

WHAT = (
    click.option("--name", help="The job's name [default: the notebook's]."),
    click.option("--workers", metavar="N", help="How many workers [default: 1]."),
    click.option("--chief", is_flag=True, default=None, help="Add a chief beside the workers."),
    click.option("--ps", metavar="N", help="Parameter servers; they bring a chief [default: 0]."),
    click.option(
        "--evaluator",
        is_flag=True,
        default=None,
        help="Add a replica that evaluates what the others save.",
    ),
    click.option("--cpu", metavar="C", help="Cores for each replica, such as 0.5."),
    click.option("--memory", metavar="M", help="Memory for each replica, such as 2G."),
    click.option("--gpu", metavar="G", help="GPUs for each replica."),
    click.option(
        "-p",
        "--parameter",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        help="A value in place of the notebook's own; may be repeated.",
    ),
    click.option("--env", multiple=True, metavar="K=V", help="An environment variable."),
    click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="NAME",
        help="A variable of this environment to pass on without recording its value.",
    ),
    click.option(
        "--file",
        "files",
        multiple=True,
        metavar="GLOB",
        help="Files that travel with the notebook.",
    ),
    click.option("--python", metavar="PATH", help="The interpreter that runs it."),
    click.option("--kernel", metavar="NAME", help="The Jupyter kernel whose interpreter runs it."),
    click.option(
        "--requirements",
        metavar="FILE",
        help="Packages it needs beside: requirements.txt, or environment.yml's part for pip.",
    ),
    click.option("--model", metavar="NAME", help="The name of the model it leaves."),
    click.option("--deadline", metavar="TIME", help="The longest it may run, such as 2h."),
    click.option("--retries", metavar="N", help="Further attempts after a failed one."),
    click.option("--on", "backend", metavar="BACKEND", help="Where it runs [default: local]."),
    click.option("--image", metavar="IMAGE", help="What it runs in, on a cluster."),
    click.option("--volume", metavar="CLAIM", help="The volume its replicas share, on a cluster."),
    click.option(
        "--rehearse",
        is_flag=True,
        default=None,
        help="Only try it, in small, and list what is to mend.",
    ),
)
"""What one can ask of a job; counts go on as text, so that all problems are told at once."""

HOW = (
    click.option("--wait", is_flag=True, help="Return when the job has ended."),
    click.option("--follow", is_flag=True, help="Show logs and progress until the job has ended."),
)


def options(*groups: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    """Add groups of options in the order in which help shall list them."""

    def add(function: F) -> F:
        for option in reversed([option for group in groups for option in group]):
            function = option(function)
        return function

    return add


def changes(asked: dict[str, Any]) -> dict[str, Any]:
    """Keep what was given on the command line; the rest is the engine's to decide."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asked.items()
        if value is not None and value != ()
    }


_EXAMPLES = """\
longboat submit digits.ipynb --workers 2 -p epochs=3 --wait
longboat submit digits.ipynb --workers 2 --rehearse
longboat submit digits-ps.ipynb --ps 1 --workers 2 --wait"""


@command("submit", example=_EXAMPLES)
@click.argument("entry", metavar="NOTEBOOK.ipynb|SCRIPT.py")
@options(WHAT, HOW)
@click.option("--dry-run", is_flag=True, help="Say what would run, and run nothing.")
def submit(entry: str, wait: bool, follow: bool, dry_run: bool, as_json: bool, **asked: Any) -> int:
    """Run a notebook or script as a job.

    Its folder travels with it, as a snapshot. With --wait or --follow the exit code is 1 when the
    job failed or was stopped. On a cluster --dry-run prints, as YAML, what would be created there.
    """
    here = client()
    plan = here.plan(entry, **changes(asked))
    advice = here.advice(
        plan.spec,
        by_default=asked["memory"] is None,
        writes_checkpoints=plan.writes_checkpoints,
    )
    if dry_run:
        _show(plan, here.manifests(plan), advice, as_json)
        return 0
    if not as_json:
        for line in travelled(plan):
            say(line)
    return present(here.commit(plan), advice, wait=wait, follow=follow, as_json=as_json)


def _show(
    plan: Plan, manifests: list[dict[str, Any]] | None, advice: Sequence[str], as_json: bool
) -> None:
    """Say what would run; what a cluster would be given goes alone to standard output."""
    if as_json:
        print_json({**plan_dict(plan, manifests), "advice": list(advice)})
        return
    for line in advice:
        warn(line)
    for line in travelled(plan):
        say(line) if manifests is None else warn(line)
    if manifests is not None:
        say(as_yaml(manifests).rstrip())


@command("again", example="longboat again digits --workers 1")
@click.argument("job", shell_complete=names.jobs)
@options(WHAT, HOW)
def again(job: str, wait: bool, follow: bool, as_json: bool, **asked: Any) -> int:
    """Run a job once more, as it was.

    It starts from the same snapshot; options given here change what was asked then. With --on it
    goes elsewhere: a job that has outgrown this machine to a cluster, or back.
    """
    from longboat.jobs.differences import asked_differences

    here = client()
    earlier = here.job(job)
    repeated = earlier.again(**changes(asked))
    advice = here.advice(repeated.record.spec)
    if not as_json:
        for each in asked_differences(earlier.record.spec, repeated.record.spec):
            say(difference_line(each))
    return present(repeated, advice, wait=wait, follow=follow, as_json=as_json)
