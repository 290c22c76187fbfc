"""What ends a run before its end."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import NamedTuple, Optional

from longboat.errors import BadInput, Problem


class Stopped(SystemExit):
    """SIGTERM came: `finally` blocks run, and nothing after them."""


class Unsupported(BadInput):
    """A cell holds what only IPython can run, and IPython is not here."""

    def __init__(self, cell: int, line: int, what: str) -> None:
        self.cell, self.line, self.what = cell, line, what
        message = f"{what!r} needs IPython, which this Python lacks: install it, or write Python."
        super().__init__([Problem(f"cell {cell}, line {line}", message)])


class Place(NamedTuple):
    """Where the user's code was."""

    cell: Optional[int]
    """From 1; None in a script."""
    line: Optional[int]
    traceback: str


class CodeFailed(Exception):
    """The user's code raised ``error``; it has been shown."""

    def __init__(self, error: BaseException, place: Place) -> None:
        super().__init__(str(error))
        self.error, self.place = error, place


class Rehearsed(Exception):
    """A rehearsal came to its end, and has found ``count`` things to mend."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} things to mend")
        self.count = count


def exits_well(error: BaseException) -> bool:
    """Tell whether it is a ``sys.exit()`` that means success."""
    return isinstance(error, SystemExit) and error.code in (None, 0)


def line_in(error: BaseException, file: str) -> Optional[int]:
    """Find the line of ``file`` that ``error`` came from or through, the innermost one."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    line = None
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def format_from(error: BaseException, file: str) -> str:
    """Write the traceback from the first frame of ``file`` on: those before it are ours."""
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n")
