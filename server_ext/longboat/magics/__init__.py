"""Longboat in the cells of a notebook: ``%load_ext longboat``, then ``%longboat submit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give the shell ``%longboat`` and ``%%longboat``, with completion."""
    from longboat.magics.completing import complete
    from longboat.magics.magic import LongboatMagics

    shell.register_magics(LongboatMagics(shell))
    shell.set_hook("complete_command", complete, re_key=r"^\s*%%?longboat\b")  # type: ignore[no-untyped-call]
