"""The cells of a notebook, one after the other."""

from __future__ import annotations

import atexit
import importlib.util
import time
from typing import Callable, List, Optional, Protocol, Tuple

from longboat.guest import api, notebook, streams, wire
from longboat.guest.context import Context
from longboat.guest.failure import (
    CodeFailed,
    Place,
    Rehearsed,
    Unsupported,
    exits_well,
    line_in,
)
from longboat.guest.notebook import Cell
from longboat.guest.outputs import Outputs
from longboat.guest.rehearsal import Rehearsal, Timer
from longboat.guest.script import fresh_main


class Executor(Protocol):
    """What runs a cell: IPython, or plain Python."""

    @property
    def cell_file(self) -> str:
        """The file name that frames of the cell run last have."""

    def execute(self, source: str, counted: bool = True) -> Optional[BaseException]:
        """Run one cell and give what it raised; the exception has been shown."""

    def traceback(self) -> str:
        """The traceback of what ``execute`` gave last, as text."""


class Run:
    """One run through a notebook; cells are counted as a person counts those that run."""

    def __init__(self, context: Context, raw: notebook.Raw, output: Optional[str]) -> None:
        """``raw`` is prepared; it is written to ``output`` as it fills.

        Raises Unsupported where a cell needs IPython and there is none.
        """
        self._context = context
        self._cells = list(notebook.code_cells(raw))
        self._index = 0
        self._of = sum(cell.runs and not _injected(cell) for cell in self._cells)
        self._outputs = Outputs(raw, output)
        self._rehearsal = Rehearsal(context.emit) if context.rehearse else None
        self._executor = self._make_executor()

    def all(self) -> None:
        """Run all cells.

        Raises CodeFailed (SystemExit included) at the first that fails. A rehearsal goes on, and
        the leader raises Rehearsed at its end.
        """
        streams.install(self._outputs.stream)
        # Registered before anything of the user's, hence called after it.
        atexit.register(self._outputs.save)
        for cell in self._mine():
            if not cell.runs:
                self._emit("skipped", 0.0)
            elif self._is_the_evaluators(cell):
                self._index += 1
                self._emit("skipped", 0.0)
            elif _injected(cell):
                self._one(cell, counted=False)
                api.asked.update(self._context.parameters)
            elif self._rehearsal is not None:
                self._rehearse(cell, self._rehearsal)
            else:
                self._counted(cell)
        # The first replica to fail ends all, and each is to have found what it can.
        if self._rehearsal is not None and self._rehearsal.found and self._context.is_leader:
            raise Rehearsed(self._rehearsal.found)

    def _rehearse(self, cell: Cell, rehearsal: Rehearsal) -> None:
        """Run a cell if what it needs is there; note how it fails. Raises CodeFailed: it exits."""
        if lacking := rehearsal.lacks(cell.source):
            self._index += 1
            self._emit("skipped", 0.0)
            rehearsal.skipped(self._index, cell.source, lacking)
            return
        try:
            with Timer():
                self._counted(cell)
            rehearsal.passed(cell.source)
        except CodeFailed as failed:
            if isinstance(failed.error, (SystemExit, KeyboardInterrupt)):
                raise
            rehearsal.failed(self._index, cell.source, failed)

    def shortened(self) -> None:
        """Some training was cut to one step."""
        if self._rehearsal is not None:
            self._rehearsal.shortened = True

    def _mine(self) -> List[Cell]:
        """An evaluator stops after the last cell that is its own: what follows trains."""
        own = [n for n, cell in enumerate(self._cells, 1) if notebook.EVALUATOR in cell.tags]
        return self._cells[: own[-1]] if own and self._evaluates else self._cells

    @property
    def _evaluates(self) -> bool:
        return self._context.role == "evaluator"

    def _is_the_evaluators(self, cell: Cell) -> bool:
        return notebook.EVALUATOR in cell.tags and not self._evaluates

    def _make_executor(self) -> Executor:
        main = fresh_main()
        # One of the two is imported: each costs the other's start.
        if importlib.util.find_spec("IPython") is None:
            from longboat.guest import plain

            self._refuse_unsupported(plain.unsupported)
            return plain.PlainExecutor(self._outputs, main)
        from longboat.guest import shell

        return shell.make(self._outputs, main, self._context.replica_dir)

    def _refuse_unsupported(self, find: Callable[[str], Optional[Tuple[int, str]]]) -> None:
        running = [cell for cell in self._cells if cell.runs and not _injected(cell)]
        for number, cell in enumerate(running, start=1):
            found = find(cell.source)
            if found is not None:
                raise Unsupported(number, *found)

    def _counted(self, cell: Cell) -> None:
        self._index += 1
        self._emit("started", 0.0)
        started = time.monotonic()
        state = "failed"
        try:
            self._one(cell, counted=True)
            state = "finished"
        except CodeFailed as failed:
            state = "finished" if exits_well(failed.error) else "failed"
            raise
        finally:
            self._emit(state, round(time.monotonic() - started, 3))

    def _one(self, cell: Cell, counted: bool) -> None:
        self._outputs.begin(cell.raw, self._index if counted else None)
        error = self._executor.execute(cell.source, counted)
        self._outputs.end()
        if error is None:
            return
        expected = isinstance(error, Exception) and notebook.RAISES in cell.tags
        if not expected:
            raise CodeFailed(error, self._place(error))

    def _place(self, error: BaseException) -> Place:
        line = line_in(error, self._executor.cell_file)
        return Place(max(self._index, 1), line, self._executor.traceback())

    def _emit(self, state: str, seconds: float) -> None:
        fields = {"index": self._index, "of": self._of, "state": state}
        self._context.emit(wire.CELL, **fields, seconds=seconds)


def _injected(cell: Cell) -> bool:
    return notebook.INJECTED in cell.tags
