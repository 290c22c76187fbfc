"""The end of the process: what is left to do, the last word, and nothing after it."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import traceback
from typing import NoReturn, Optional

from longboat.errors import LongboatError
from longboat.guest import final, process, streams, wire
from longboat.guest.failure import CodeFailed, Rehearsed, Stopped


def end(error: Optional[BaseException], owner: int) -> NoReturn:
    """End the process as ``error`` (None: success) says, leaving status.json if told where.

    The last word is that of the process ``owner``, not of a child that it forked in a cell.
    """
    process.ignore_sigterm()
    verdict = final.judge(error)
    _explain(error)
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    _flush()
    folder = os.environ.get(wire.REPLICA_DIR)
    if folder and os.getpid() == owner:
        final.write(folder, verdict)
    # Threads that a notebook left running would hold an ordinary exit for ever, and TensorFlow's
    # taking down can crash after all is well.
    os._exit(verdict.exit_code)


def _explain(error: Optional[BaseException]) -> None:
    """Print what kept the code from running; what it raised itself was shown where it happened."""
    if error is None or isinstance(error, (CodeFailed, Rehearsed, Stopped)):
        return
    if isinstance(error, LongboatError):
        streams.complain(f"longboat: {error}")
    else:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        streams.complain("".join(lines).rstrip("\n"))


def _flush() -> None:
    """Write out every open file, as the ordinary end of the interpreter would."""
    for thing in gc.get_objects():
        # Even to ask whether it is closed raises where its buffer has been detached.
        with contextlib.suppress(Exception):
            if issubclass(type(thing), io.IOBase) and not thing.closed:
                thing.flush()
