"""A rehearsal goes on after a cell that fails, and tells what fails by itself from what follows.

What a failed cell would have made is missing from there on: a cell that reads such a name is not
run, and what it would have made is missing too. So each failure that is found has a cause of its
own, as far as names tell.
"""

from __future__ import annotations

import ast
import re
import signal
import symtable
import threading
from types import FrameType
from typing import Any, Callable, Iterable, List, NamedTuple, NoReturn, Optional, Set

from longboat.guest import wire
from longboat.guest.failure import CodeFailed
from longboat.guest.final import judge

BUDGET = 60
"""Seconds for one cell: a training loop of its own is left then, as nothing shortens it."""
_COMMAND = re.compile(r"^\s*[%!?]")
_OTHER = re.compile(r"\s*%%(?!(?:time|timeit|capture|prun)\b)")
"""A cell magic below which there is no Python."""

Emit = Callable[..., None]


class TimeIsUp(BaseException):
    """A cell has taken longer than a rehearsal has for one; none of ``Exception``'s handlers."""


class Names(NamedTuple):
    """Which names a piece of code reads, and which it makes."""

    read: Set[str]
    made: Set[str]


class Rehearsal:
    """What has been found so far."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._missing: Set[str] = set()
        self.shortened = False
        """Whether some training was cut to a step: what it has learnt says nothing."""
        self.found = 0

    def lacks(self, source: str) -> List[str]:
        """Name what the cell reads and a failed one should have made, sorted."""
        return sorted(names_of(source).read & self._missing)

    def skipped(self, cell: int, source: str, lacking: Iterable[str]) -> None:
        """The cell was not run, for want of these names."""
        self._missing |= names_of(source).made
        text = f"Cell {cell} was not rehearsed: it needs {', '.join(lacking)}."
        self._emit(wire.WARNING, message=text)

    def passed(self, source: str) -> None:
        """The cell has run: what it makes is there, also what was missing before."""
        self._missing -= names_of(source).made

    def failed(self, cell: int, source: str, failure: CodeFailed) -> None:
        """The cell has failed; note it, unless that is what a rehearsal does to it."""
        self._missing |= names_of(source, failure.place.line or 1).made
        if isinstance(failure.error, TimeIsUp):
            text = f"Cell {cell} was left after {BUDGET} s; until then nothing was wrong with it."
            self._emit(wire.WARNING, message=text)
        elif isinstance(failure.error, AssertionError) and self.shortened:
            text = f"Cell {cell} asserts what does not hold after one step of training."
            self._emit(wire.WARNING, message=text)
        else:
            self.found += 1
            error = dict(judge(failure).error or {})
            error.pop("traceback", None)
            self._emit(wire.FINDING, error=error)


def names_of(source: str, line: int = 1) -> Names:
    """List the names that code reads and makes; those of whole statements from ``line`` on.

    Of what is no Python (a magic's cell) nothing is known, and nothing is listed.
    """
    if _OTHER.match(source):
        return Names(set(), set())
    try:
        tree = ast.parse("\n".join(_COMMAND.sub("pass # ", row) for row in source.split("\n")))
    except (SyntaxError, ValueError):
        return Names(set(), set())
    read: Set[str] = set()
    made: Set[str] = set()
    for statement in tree.body:
        if (statement.end_lineno or line) >= line:
            found = _of_statement(statement)
            read |= found.read - made
            made |= found.made
    return Names(read, made)


def _of_statement(statement: ast.stmt) -> Names:
    """Look at one statement of a cell; what functions in it keep to themselves does not count."""
    table = symtable.symtable(ast.unparse(statement), "<cell>", "exec")
    symbols = table.get_symbols()
    made = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    read = {each.get_name() for each in symbols if each.is_referenced()}
    for child in table.get_children():
        read |= _globals_in(child)
    if hasattr(statement, "body"):
        # In a loop or a branch what is made comes before what reads it, as a rule.
        read -= made
    for node in ast.walk(statement):
        target = node.target if isinstance(node, ast.AugAssign) else node
        if isinstance(target, ast.Name) and (node is not target or isinstance(target.ctx, ast.Del)):
            read.add(target.id)
    deleted = {name for name in made if isinstance(statement, ast.Delete)}
    return Names(read, made - deleted)


def _globals_in(table: symtable.SymbolTable) -> Set[str]:
    """Name what a function, class or comprehension reads of the notebook."""
    found = {
        each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced()
    }
    return found.union(*(_globals_in(child) for child in table.get_children()))


class Timer:
    """Raises TimeIsUp in the main thread when a cell takes longer than its budget."""

    def __enter__(self) -> Timer:
        """Begin to count; in another thread nothing is counted."""
        self._counts = threading.current_thread() is threading.main_thread()
        if self._counts:
            self._before = signal.signal(signal.SIGALRM, _up)
            signal.setitimer(signal.ITIMER_REAL, BUDGET)
        return self

    def __exit__(self, *_: Any) -> None:
        """Leave all as it was."""
        if self._counts:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)


def _up(_signal: int, _frame: Optional[FrameType]) -> NoReturn:
    raise TimeIsUp(f"This cell takes longer than the {BUDGET} s that a rehearsal has for it.")
