"""What ``%longboat submit`` means when it names no notebook."""

from __future__ import annotations

from collections.abc import Callable

import click

from longboat.cli.main import cli

_HELP = ("-h", "--help")


def with_notebook(arguments: list[str], notebook: Callable[[], str]) -> list[str]:
    """Give the words of a ``submit``, with ``notebook()`` in front of options alone."""
    options = arguments[1:]
    if any(word in _HELP for word in options) or _names_entry(options):
        return arguments
    return ["submit", notebook(), *options]


def _names_entry(options: list[str]) -> bool:
    with click.Context(cli, info_name="longboat") as group:
        command = cli.get_command(group, "submit")
        assert command is not None
        context = command.make_context("submit", list(options), group, resilient_parsing=True)
        return context.params.get("entry") is not None
