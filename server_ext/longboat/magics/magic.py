"""``%longboat``: the command line's own grammar, said of the notebook one is in."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from IPython.core.magic import Magics, line_cell_magic, magics_class

from longboat.cli.faults import BAD_USE, INTERRUPTED, report
from longboat.errors import BadInput, LongboatError
from longboat.magics import cell_job
from longboat.magics.defaults import with_notebook
from longboat.magics.going_on import GoingOn
from longboat.magics.ran import Ran
from longboat.magics.session import this_notebook

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


_ENDINGS = {
    BAD_USE: "Nothing was done; the reason is above.",
    INTERRUPTED: "Interrupted.",
}


class Unsuccessful(Exception):
    """Ends a cell, and with it "Run All"; why has been said."""

    def _render_traceback_(self) -> list[str]:
        """IPython's protocol for errors that show themselves: a sentence is all there is to see."""
        return [str(self)]


@magics_class
class LongboatMagics(Magics):
    """What a notebook can say to Longboat."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._shell = shell
        # A terminal's shell has no messages.
        self._ran = Ran(getattr(shell, "get_parent", dict))
        self._going_on = GoingOn()
        shell.events.register("pre_run_cell", self._ran.note)

    @line_cell_magic
    def longboat(self, line: str, cell: str | None = None) -> None:
        """Do what ``longboat LINE`` does; ``%longboat --help`` lists the commands.

        ``%longboat submit`` submits the notebook that it is written in. ``%%longboat train`` makes
        a job of the cell that it heads. Raises Unsuccessful when the exit code is not 0.
        """
        try:
            code = self._do(words_of(line), cell)
        except LongboatError as error:
            code = report(error, as_json=False)
        if code:
            raise Unsuccessful(_ENDINGS.get(code, "It has not succeeded; the reason is above."))

    def _do(self, words: list[str], cell: str | None) -> int:
        key = (self._ran.cell, (*words, cell or ""))
        going_on = partial(self._going_on.run, key)
        if cell is not None:
            return cell_job.submit(self._shell, words, cell, going_on)
        if words[:1] == ["submit"]:
            words = with_notebook(words, self._saved)
        return going_on(words)

    def _saved(self) -> str:
        """This notebook, if what was run of it is what is saved. Raises BadInput."""
        path = this_notebook()
        self._ran.check(path)
        return str(path)


def words_of(line: str) -> list[str]:
    """Split a line as a shell does. Raises BadInput."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise BadInput.of("command", f"The line cannot be read ({error}); mend it.") from None
