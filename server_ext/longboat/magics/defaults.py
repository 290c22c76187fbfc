"""What ``%longboat submit`` means when it names no notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from longboat.cli.main import cli

_HELP = ("-h", "--help")


def with_notebook(arguments: list[str], notebook: Callable[[], str]) -> list[str]:
    """Give the words of a ``submit``, with ``notebook()`` in front of options alone."""
    options = arguments[1:]
    if any(word in _HELP for word in options) or parsed(options).get("entry") is not None:
        return arguments
    return ["submit", notebook(), *options]


def parsed(options: list[str]) -> dict[str, Any]:
    """Read the words after ``submit``, as far as they can be read."""
    with click.Context(cli, info_name="longboat") as group:
        command = cli.get_command(group, "submit")
        assert command is not None
        context = command.make_context("submit", list(options), group, resilient_parsing=True)
        return context.params
