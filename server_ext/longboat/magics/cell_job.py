"""``%%longboat train``: the cell below it as a job of its own."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longboat.errors import BadInput, TooLarge
from longboat.magics.session import this_notebook
from longboat.spec.problems import shown
from longboat.spec.quantities import format_memory

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

VERB = "train"
PUSH = "--push"
LARGEST_PUSH = 8 << 20
"""Bytes of all variables together; what is larger belongs into a file beside the notebook."""
_MOST_FILES = 1000
_PUSHED = "import base64, pickle\nglobals().update(pickle.loads(base64.b64decode({text!r})))"


def submit(
    shell: InteractiveShell, words: Sequence[str], cell: str, run: Callable[[list[str]], int]
) -> int:
    """Submit ``cell`` by ``run``; ``words`` are those after ``%%longboat``. Gives the exit code.

    It runs beside the notebook it was written in, so that the files next to it travel. Raises
    BadInput, TooLarge.
    """
    if words[:1] != [VERB]:
        raise BadInput.of(
            "command", f"To make a job of a cell, write %%longboat {VERB} [OPTIONS] above it."
        )
    names, options = _take_push(words[1:])
    sources = [_pushing(shell.user_ns, names)] if names else []
    with _notebook_of([*sources, cell]) as path:
        return run(["submit", str(path), *options])


def _take_push(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate the names after ``--push`` from the options of a submit."""
    names, options, left = list[str](), list[str](), iter(words)
    for word in left:
        option, equals, value = word.partition("=")
        if option != PUSH:
            options.append(word)
            continue
        given = value if equals else next(left, "")
        found = [name.strip() for name in given.split(",") if name.strip()]
        if not found:
            raise BadInput.of("push", "Name the variables that go along: --push x,y.")
        names += found
    return names, options


def _pushing(variables: dict[str, Any], names: Sequence[str]) -> str:
    """Write the code that sets the variables. Raises BadInput, TooLarge."""
    if unknown := [name for name in names if name not in variables]:
        raise BadInput.of("push", f'There is no variable "{shown(unknown[0])}"; check its name.')
    packed = {name: _packed(name, variables[name]) for name in names}
    data = pickle.dumps({name: variables[name] for name in names})
    if len(data) > LARGEST_PUSH:
        largest = max(packed, key=lambda name: packed[name])
        raise TooLarge(
            f"The variables take {format_memory(len(data))}, most of it {largest}; at most "
            f"{format_memory(LARGEST_PUSH)} go along. Save it to a file beside the notebook."
        )
    return _PUSHED.format(text=base64.b64encode(data).decode())


def _packed(name: str, value: Any) -> int:
    """How many bytes it takes."""
    try:
        return len(pickle.dumps(value))
    except Exception as error:  # a class may raise anything when it is pickled
        raise BadInput.of(
            "push",
            f'"{shown(name)}" cannot be sent to another process ({error}); make it in the cell, or '
            "push the data it is made of.",
        ) from None


@contextlib.contextmanager
def _notebook_of(sources: Sequence[str]) -> Iterator[Path]:
    """A notebook of these cells beside the present one, for as long as it is being submitted."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in sources
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    path = _create(_beside(), json.dumps(document).encode())
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _beside() -> Path:
    try:
        return this_notebook()
    except BadInput:  # a console has a folder, and no notebook
        return Path.cwd() / "console.ipynb"


def _create(notebook: Path, data: bytes) -> Path:
    """Write ``NOTEBOOK-cell.ipynb``, or the next name that is free. Raises BadInput."""
    names = itertools.chain([""], (f"-{number}" for number in range(2, _MOST_FILES)))
    for suffix in names:
        path = notebook.with_name(f"{notebook.stem}-cell{suffix}.ipynb")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput.of("notebook", f"{path} cannot be written: {error.strerror}.") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        return path
    raise BadInput.of("notebook", f"There are too many files like {path.name}; remove some.")
