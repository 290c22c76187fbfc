"""A script, run as ``python script.py`` runs it."""

from __future__ import annotations

import os
import sys
import threading
from types import ModuleType
from typing import List, Optional

from longboat.guest import streams
from longboat.guest.failure import CodeFailed, Place, format_from, line_in


def fresh_main(file: Optional[str] = None) -> ModuleType:
    """Put a new, empty ``__main__`` in place, so that pickling and forked pools find the code.

    runpy would take it away again at the end, under threads that still run.
    """
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    if file is not None:
        module.__file__ = file
    sys.modules["__main__"] = module
    return module


def run(entry: str, arguments: List[str]) -> None:
    """Run the script ``entry``. Raises CodeFailed for whatever it raises (SystemExit included)."""
    file = os.path.abspath(entry)
    sys.argv = [entry, *arguments]
    sys.path.insert(0, os.path.dirname(file))
    namespace = fresh_main(file).__dict__
    try:
        with open(file, "rb") as source:
            code = compile(source.read(), file, "exec", dont_inherit=True)
        exec(code, namespace)
        _wait_for_threads()
    except BaseException as error:
        raise CodeFailed(error, _show(error, file)) from None


def _wait_for_threads() -> None:
    """A script has ended when its threads have, unless they are daemons."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _show(error: BaseException, file: str) -> Place:
    text = "" if isinstance(error, SystemExit) else format_from(error, file)
    if text:
        streams.complain(text)
    return Place(None, line_in(error, file), text)
