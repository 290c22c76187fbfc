"""``longboat files`` and ``longboat notebook``: what a job left."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import BinaryIO

import click

from longboat.cli import names
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import Column, print_json, print_table, say
from longboat.errors import BadInput
from longboat.spec.quantities import format_memory

COLUMNS = (Column("path", shrinks=True), Column("size", right=True))
FETCH = click.option(
    "--fetch", "destination", metavar="DEST|-", help="Copy it there; - is standard output."
)


@command("files", example="longboat files digits")
@click.argument("job", shell_complete=names.jobs)
@click.argument("path", required=False)
@FETCH
def files(job: str, path: str | None, destination: str | None, as_json: bool) -> None:
    """List or fetch the files a job wrote.

    Without PATH it lists them; with PATH and --fetch it copies one.
    """
    found = client().job(job)
    if path is None:
        if destination is not None:
            raise BadInput.of(
                "path", "Name the file to fetch; without --fetch the command lists them."
            )
        _list([(file.path, file.size) for file in found.files()], as_json)
        return
    with found.file(path) as source:
        if destination is not None:
            _fetch(source, Path(path).name, destination, as_json)
            return
        size = os.fstat(source.fileno()).st_size
    if as_json:
        print_json({"path": path, "size": size})
    else:
        say(f"{path}: {format_memory(size)}. Copy it with --fetch DEST.")


@command("notebook", example="longboat notebook digits --fetch executed.ipynb")
@click.argument("job", shell_complete=names.jobs)
@FETCH
def notebook(job: str, destination: str | None, as_json: bool) -> None:
    """Find the notebook as a job executed it.

    It has the outputs of its cells; --fetch copies it.
    """
    place = client().job(job).notebook()
    if destination is not None:
        with place.open("rb") as source:
            _fetch(source, place.name, destination, as_json)
    elif as_json:
        print_json({"path": str(place), "size": place.stat().st_size})
    else:
        say(str(place))


def _list(sizes: list[tuple[str, int]], as_json: bool) -> None:
    if as_json:
        print_json([{"path": path, "size": size} for path, size in sizes])
    elif sizes:
        print_table(COLUMNS, [[path, format_memory(size)] for path, size in sizes])
    else:
        say("It has written no files. See also: longboat notebook JOB, longboat logs JOB")


def _fetch(source: BinaryIO, name: str, destination: str, as_json: bool) -> None:
    """Copy to a new file, into a folder or to standard output, and say where it is."""
    if destination == "-":
        shutil.copyfileobj(source, sys.stdout.buffer)
        return
    target = Path(destination)
    if target.is_dir():
        target /= name
    _copy(source, target)
    if as_json:
        print_json({"path": str(target.absolute()), "size": target.stat().st_size})
    else:
        say(f"Copied to {target}.")


def _copy(source: BinaryIO, target: Path) -> None:
    """Copy to ``target``, all or nothing. Raises BadInput when it is there or cannot be made."""
    try:
        with target.open("xb") as copy:
            try:
                shutil.copyfileobj(source, copy)
            except BaseException:
                target.unlink()
                raise
    except FileExistsError:
        raise BadInput.of("fetch", f"{target} is there already; choose another name.") from None
    except OSError as error:
        raise BadInput.of("fetch", f"{target} cannot be written: {error.strerror}.") from None
