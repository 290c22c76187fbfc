"""What went wrong, on standard error: a sentence or JSON, an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence

import click

from longboat.errors import BadInput, LongboatError, Problem, UserError

FAILED, BAD_USE, INTERRUPTED = 1, 2, 130


def report(error: BaseException, *, as_json: bool) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return _reader_gone()
    kind, message, problems, code = _describe(error)
    if as_json:
        told = {"type": kind, "message": message, "problems": [p._asdict() for p in problems]}
        print(json.dumps({"error": told}), file=sys.stderr)
    else:
        print(_harmless(_lines(message, problems)), file=sys.stderr)
    return code


def _describe(error: BaseException) -> tuple[str, str, Sequence[Problem], int]:
    if isinstance(error, BadInput):
        return "BadInput", str(error), error.problems, BAD_USE
    if isinstance(error, click.UsageError):
        message = _usage(error)
        return "BadInput", message, [Problem(_field(error), message)], BAD_USE
    if isinstance(error, click.ClickException):
        return "BadInput", error.format_message(), [], BAD_USE
    if isinstance(error, UserError):
        return type(error).__name__, str(error), [], BAD_USE
    _debug(error)
    if isinstance(error, LongboatError):
        return type(error).__name__, str(error), [], FAILED
    return "Broken", f"{_bug(error)} {_keep(error)}", [], FAILED


def _lines(message: str, problems: Sequence[Problem]) -> str:
    """One problem as it is, several as a list."""
    if len(problems) <= 1:
        return f"longboat: {message}"
    listed = "\n".join(f"  {p.field}: {p.message}" for p in problems)
    return f"longboat: {len(problems)} things to mend\n{listed}"


def _harmless(text: str) -> str:
    """Take out control characters: a sentence may quote what a file or a job said."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _usage(error: click.UsageError) -> str:
    message = error.format_message()
    if error.ctx is None:
        return message
    stop = "" if message.endswith((".", "?")) else "."
    return f"{message}{stop} {error.ctx.command_path} --help shows how it is used."


def _field(error: click.UsageError) -> str:
    """Name the option or argument, without dashes."""
    if isinstance(error, click.NoSuchOption | click.BadOptionUsage):
        return error.option_name.lstrip("-")
    parameter = error.param if isinstance(error, click.BadParameter) else None
    return (parameter.name or "") if parameter is not None else "command"


def _bug(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"The operating system refused: {error}."
    return f"This is a bug in Longboat ({type(error).__name__})."


def _debug(error: BaseException) -> None:
    if os.environ.get("LONGBOAT_DEBUG", "") not in ("", "0"):
        traceback.print_exception(error)


def _keep(error: BaseException) -> str:
    """Log the traceback and say where."""
    text = "".join(traceback.format_exception(error))
    entry = f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {sys.argv[1:2]}\n{text}\n"
    try:
        descriptor, path = _open_log()
        with os.fdopen(descriptor, "a") as file:
            file.write(entry)
    except OSError:
        return "LONGBOAT_DEBUG=1 shows the details."
    return f"The details are in {path}; LONGBOAT_DEBUG=1 shows them."


def _open_log() -> tuple[int, str]:
    """Open the home's log; where there is none yet, a new file among the temporary ones."""
    from longboat.records.layout import Home

    path = Home().local / "cli.log"
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(path, flags, 0o600), str(path)
    except OSError:
        return tempfile.mkstemp(prefix="longboat-", suffix=".log")


def _reader_gone() -> int:
    """Whoever read the output left (``| head``): point it nowhere, or Python complains at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
