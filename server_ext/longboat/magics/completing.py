"""Completion of ``%longboat`` and ``%%longboat`` by the command line's own grammar."""

from __future__ import annotations

import shlex
from typing import Any

from click.shell_completion import ShellComplete

from longboat.cli.main import cli
from longboat.magics.cell_job import PUSH, VERB


def complete(_: Any, event: Any) -> list[str]:
    """IPython's hook ``complete_command``: what may stand where the line ends."""
    line = event.text_until_cursor.lstrip()
    try:
        words = shlex.split(line)[1:]
    except ValueError:  # within quotes
        return []
    begun = "" if line.endswith(" ") else words.pop() if words else ""
    return _of_cell(words, begun) if line.startswith("%%") else _of_line(words, begun)


def _of_line(words: list[str], begun: str) -> list[str]:
    shell = ShellComplete(cli, {}, "longboat", "_LONGBOAT_COMPLETE")
    return [item.value for item in shell.get_completions(words, begun) if item.type == "plain"]


def _of_cell(words: list[str], begun: str) -> list[str]:
    if not words:
        return [VERB] if VERB.startswith(begun) else []
    # A notebook stands where the command line wants one, so that options are offered.
    offered = _of_line(["submit", "a.ipynb", *words[1:]], begun)
    return [*offered, PUSH] if begun and PUSH.startswith(begun) else offered
