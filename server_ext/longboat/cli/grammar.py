"""How commands are declared: found by name and imported on demand, each with an example."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Entry(NamedTuple):
    """Where a command lies, and what the list of commands says of it."""

    target: str
    """``module:attribute`` under longboat.cli."""
    summary: str
    hidden: bool = False


class Command(click.Command):
    """A command whose help ends with an example that works."""

    example: str = ""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example under a heading of its own."""
        write_example(self.example, formatter)


def write_example(example: str, formatter: click.HelpFormatter) -> None:
    """Write the lines of an example as they are."""
    if example:
        with formatter.section("Example"):
            for line in example.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports one only when it is used."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them in the order in which a person meets them."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None when there is none of that name."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(importlib.import_module(f"longboat.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the summaries without importing anything."""
        rows = [(n, entry.summary) for n, entry in self.entries.items() if not entry.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class ExampleGroup(LazyGroup):
    """Such a group that does something by itself, and whose help ends with an example of it."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example under a heading of its own."""
        write_example(self.example, formatter)


def command(name: str, *, example: str, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """Declare a command that takes ``--json`` and shows ``example`` in its help."""

    def declare(function: Callable[..., Any]) -> Command:
        declared = click.command(name, cls=Command, **settings)(json_option(function))
        declared.example = example
        return declared

    return declare


def json_option(function: F) -> F:
    """Add ``--json``, which arrives as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print stable JSON.")(function)
