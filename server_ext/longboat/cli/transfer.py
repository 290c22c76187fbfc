"""``longboat restore``, ``export`` and ``import``: a job's files, or all of it, to other places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from longboat.cli import names
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import print_json, say
from longboat.explain.words import count, one_line
from longboat.spec.quantities import format_memory

if TYPE_CHECKING:
    from longboat.api import Job
    from longboat.archives.packing import Left

OPTIONS = {"model": "--with-model", "checkpoints": "--with-checkpoints"}
"""What of a job stays behind unless it is asked for."""


@command("restore", example="longboat restore digits digits-then")
@click.argument("job", shell_complete=names.jobs)
@click.argument("folder")
def restore(job: str, folder: str, as_json: bool) -> None:
    """Lay out the files that a job ran.

    They are the very files that travelled, with the notebook as it was submitted. FOLDER is a new
    or an empty one.
    """
    found = client().job(job)
    place = found.restore(folder)
    entry = place / found.record.spec.entry
    if as_json:
        print_json({"path": str(place), "entry": str(entry)})
    else:
        say(f"The files of job {found.id} ({found.name}) are in {folder}.")
        say(f"Run it anew with: longboat submit {Path(folder, found.record.spec.entry)}")


@command("export", example="longboat export digits digits.tar.gz")
@click.argument("job", shell_complete=names.jobs)
@click.argument("file", metavar="FILE.tar[.gz]")
@click.option("--with-model", is_flag=True, help="Pack the model that it registered as well.")
@click.option("--with-checkpoints", is_flag=True, help="Pack its checkpoints as well.")
def export(job: str, file: str, with_model: bool, with_checkpoints: bool, as_json: bool) -> None:
    """Pack a job into one file.

    It has everything to read the job elsewhere and to run it again: its files, logs, metrics, the
    executed notebook, what it wrote, its receipt. Values of secrets are not in it, unless the job
    printed them. The job must have ended.
    """
    found = client().job(job)
    made = found.export(file, model=with_model, checkpoints=with_checkpoints)
    if as_json:
        left = [each._asdict() for each in made.left]
        print_json({"path": str(made.path), "size": made.size, "files": made.files, "left": left})
        return
    files = count(made.files, "file")
    say(f"Job {found.id} ({found.name}) is packed in {file}: {files}, {format_memory(made.size)}.")
    for line in left_behind(made.left):
        say(line)
    say(f"Read it elsewhere with: longboat import {made.path.name}")


def left_behind(left: Iterable[Left]) -> Iterator[str]:
    """Say what of the job is not in the archive, and how it can be."""
    for each in left:
        if each.what in OPTIONS:
            size = format_memory(each.size)
            yield f"Without its {each.what}, {size}; {OPTIONS[each.what]} packs that as well."
        else:
            yield f"Without {one_line(each.what)}, which is no plain file."


@command("import", example="longboat import digits.tar.gz")
@click.argument("file", metavar="FILE.tar[.gz]")
def import_(file: str, as_json: bool) -> None:
    """Make a packed job one of this home.

    It keeps its id, and is read, compared, restored and run again like any other. One that is here
    already is left as it is.
    """
    from longboat.cli.job_page import show_page

    job, new = client().import_job(file)
    if as_json:
        print_json({**job.to_dict(), "new": new})
        return
    say(_arrival(job, new))
    show_page(job)


def _arrival(job: Job, new: bool) -> str:
    if new:
        return f"Job {job.id} ({job.name}) is imported."
    return f"Job {job.id} ({job.name}) is here already; nothing was changed."
