"""Processes that outlive their maker, and children that are told everything explicitly."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

BLOCKED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""Signals that wait, in a function that was forked here, until it unblocks them: whoever knows its
pid may send one before its handlers are in place."""
_UMASK = 0o022
_PID = struct.Struct("i")
_FAILURE = struct.Struct("i?")
"""errno, and whether it was the folder that could not be entered."""


def detach(
    target: Callable[[], object] | Sequence[str],
    *,
    keep: Collection[int] = (),
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a function, or execute a command, in a process that nobody waits for; give its pid.

    It is forked twice, in a session of its own, in the root folder, with the umask 022, every
    signal as at first, standard input from /dev/null, both outputs appended to ``log`` (or
    nowhere), and of the other descriptors only those in ``keep``. A function runs in a copy of this
    process, whose other threads do not exist there, with the signals BLOCKED blocked; the process
    ends with the function. ``environment`` is the command's, by default this process's.
    Raises OSError when it cannot be forked or the command cannot be executed.
    """
    receiving, sending = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, receiving)
        child = os.fork()
        if child == 0:
            _guard(lambda: _detached(target, set(keep), log, environment, sending))
        os.close(sending)
        answer = _read_all(receiving)
        with contextlib.suppress(ChildProcessError):  # somebody else's loop may collect children
            os.waitpid(child, 0)
    if len(answer) < _PID.size:
        raise OSError("A process could not be forked.")
    _raise_failure(answer[_PID.size :], str(target[0]) if isinstance(target, Sequence) else "")
    pid: int = _PID.unpack_from(answer)[0]
    return pid


def execute(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: int,
    prepare: Callable[[], None],
) -> int:
    """Start a child that executes ``command`` in ``folder``; give its pid once it does.

    Standard input is /dev/null, both outputs go to the descriptor ``output``, nothing else is open.
    ``prepare`` runs in the child before. Raises OSError, with the file name that was at fault.
    """
    receiving, sending = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, receiving)
        child = os.fork()
        if child == 0:
            _guard(lambda: _executing(command, environment, folder, output, prepare, sending))
        os.close(sending)
        answer = _read_all(receiving)
    if answer:
        os.waitpid(child, 0)
        _raise_failure(answer, command[0], str(folder))
    return child


def fork(target: Callable[[], object], keep: Collection[int]) -> int:
    """Run a function in a child that keeps only its standard streams and ``keep``; give its pid."""
    child = os.fork()
    if child == 0:
        _guard(lambda: _only(target, set(keep)))
    return child


def close_others(keep: Collection[int]) -> None:
    """Close every descriptor but the standard three and ``keep``."""
    spared = {0, 1, 2, *keep}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        if int(name) not in spared:
            # The listing's own descriptor is in the list and closed by now.
            with contextlib.suppress(OSError):
                os.close(int(name))


def _guard(body: Callable[[], object]) -> NoReturn:
    """Run ``body`` and end this process, without any of the cleaning up that is the parent's."""
    # What the parent left to the collector must not be finalised here: it would close descriptors
    # whose numbers have been given to others since.
    gc.freeze()
    status = 1
    try:
        body()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
            sys.stdout.flush()
        os._exit(status)


def _detached(
    target: Callable[[], object] | Sequence[str],
    keep: set[int],
    log: Path | None,
    environment: Mapping[str, str] | None,
    sending: int,
) -> None:
    os.setsid()
    if os.fork():
        return
    # Not by the one in between: a failure to execute might come before it.
    os.write(sending, _PID.pack(os.getpid()))
    os.umask(_UMASK)
    os.chdir("/")
    _redirect(log)
    if callable(target):
        _only(target, keep)
        return
    for descriptor in keep:
        os.set_inheritable(descriptor, True)
    close_others({*keep, sending})
    _exec(target, os.environ if environment is None else environment, sending)


def _only(target: Callable[[], object], keep: set[int]) -> None:
    """Become a process of our own that has not been executed anew."""
    _reset_signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    # A write to a process that is gone is an error where it happens, not the end.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    close_others(keep)
    # What the parent had not yet flushed would come out here a second time.
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    target()


def _executing(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    output: int,
    prepare: Callable[[], None],
    sending: int,
) -> None:
    prepare()
    _attach(os.open("/dev/null", os.O_RDONLY), output)
    close_others({sending})
    try:
        os.chdir(folder)
    except OSError as error:
        os.write(sending, _FAILURE.pack(error.errno, True))
        return
    _exec(command, environment, sending)


def _exec(command: Sequence[str], environment: Mapping[str, str], sending: int) -> None:
    _reset_signals()
    try:
        os.execve(command[0], list(command), environment)
    except OSError as error:
        os.write(sending, _FAILURE.pack(error.errno, False))


def _redirect(log: Path | None) -> None:
    null = os.open("/dev/null", os.O_RDWR)
    output = null
    if log is not None:
        with contextlib.suppress(OSError):
            output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    _attach(null, output)


def _attach(source: int, output: int) -> None:
    """Make these the standard streams."""
    os.dup2(source, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _read_all(descriptor: int) -> bytes:
    """Read to the end: until every copy of the other side is closed, an exec included."""
    data = b""
    while chunk := os.read(descriptor, 4096):
        data += chunk
    return data


def _raise_failure(answer: bytes, program: str, folder: str = "") -> None:
    if answer:
        number, of_folder = _FAILURE.unpack_from(answer)
        raise OSError(number, os.strerror(number), folder if of_folder else program)
