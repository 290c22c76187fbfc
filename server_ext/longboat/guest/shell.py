"""IPython in this very process, in the place of a kernel.

What IPython's own shells give to a terminal or to a socket goes to the cell's outputs and the log.
Importing this raises ImportError where IPython is not.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional

from IPython.core.autocall import ExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

import longboat
from longboat.guest import streams
from longboat.guest.outputs import Outputs, plain_text
from longboat.guest.terminal import strip_escapes


class _Publisher(DisplayPublisher):
    """What ``display(…)`` does."""

    def publish(
        self,
        data: Dict[str, Any],
        metadata: Optional[Dict[str, Any]] = None,
        *args: Any,
        transient: Optional[Dict[str, Any]] = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        self.shell.outputs.display(data, metadata or {}, display_id, update)
        streams.log(plain_text(data))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


class _Hook(DisplayHook):
    """What the value of a cell's last expression does."""

    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(
        self, format_dict: Dict[str, Any], md_dict: Optional[Dict[str, Any]] = None
    ) -> None:
        self.shell.outputs.result(format_dict, md_dict or {}, self.prompt_count)
        streams.log(plain_text(format_dict))

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Compiler(CachingCompiler):
    """Remembers which file name the running cell got."""

    cell_file = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        self.cell_file = str(super().get_code_name(raw_code, transformed_code, number))
        return self.cell_file


class _Exit(ExitAutocall):
    """``exit``, ``quit()`` and ``exit(3)`` end the run, as in a script."""

    def __call__(self, code: Any = 0) -> None:
        raise SystemExit(code)


class ReplicaShell(InteractiveShell):
    """A shell whose faces are the outputs and the log."""

    outputs = AnyTrait()
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    compiler_class = Type(_Compiler)

    shown: Optional[List[str]] = None
    """The traceback shown last, in lines."""

    def _exiter_default(self) -> _Exit:
        return _Exit(self)  # type: ignore[no-untyped-call]  # IPython leaves it untyped

    def enable_gui(self, gui: Any = None) -> None:
        """There is no screen, and no harm in asking."""

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Show the exception, unless it only ends the run."""
        kind = (exc_tuple or sys.exc_info())[0]
        if not (isinstance(kind, type) and issubclass(kind, SystemExit)):
            super().showtraceback(exc_tuple, *args, **kwargs)

    def _showtraceback(self, etype: Any, evalue: Any, stb: List[str]) -> None:
        self.keep(evalue, stb)
        text = "\n".join(stb)
        streams.log(text if os.isatty(2) else strip_escapes(text), 2)

    def keep(self, error: BaseException, lines: List[str]) -> None:
        """Put the exception among the cell's outputs."""
        self.shown = [line.rstrip("\n") for line in lines]
        self.outputs.error(type(error).__name__, str(error), self.shown)

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """IPython 9 would keep a second copy of all output for its history: not here."""
        yield

    def system(self, cmd: str) -> None:
        """Run ``!cmd``; what it puts out is the cell's."""
        command = str(self.var_expand(cmd, depth=1))  # type: ignore[no-untyped-call]  # as above
        if command.rstrip().endswith("&"):
            raise OSError("A background process is not possible here; start it with subprocess.")
        self.user_ns["_exit_code"] = _run(command)

    system_piped = system_raw = system


def _run(command: str) -> int:
    """Run a command line as the person's shell does, into ``sys.stdout`` and ``sys.stderr``."""
    shell = os.environ.get("SHELL") or "/bin/sh"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [shell, "-c", command], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe
    ) as process:
        readers = [
            threading.Thread(target=_copy, args=(process.stdout, sys.stdout), daemon=True),
            threading.Thread(target=_copy, args=(process.stderr, sys.stderr), daemon=True),
        ]
        try:
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
        except BaseException:
            process.terminate()
            raise
    return process.returncode


def _copy(source: Any, target: Any) -> None:
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    for data in iter(lambda: os.read(source.fileno(), 1 << 16), b""):
        target.write(decode(data))


class ShellExecutor:
    """Runs cells in a :class:`ReplicaShell`."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    @property
    def cell_file(self) -> str:
        """The file name that frames of the cell run last have."""
        return str(self._shell.compile.cell_file)

    def execute(self, source: str, counted: bool = True) -> Optional[BaseException]:
        """Run one cell and give what it raised; the exception has been shown."""
        self._shell.shown = None
        result = self._shell.run_cell(source, store_history=counted)
        error: Optional[BaseException] = result.error_before_exec or result.error_in_exec
        if not (error is None or isinstance(error, SystemExit) or self._shell.shown):
            # IPython only prints some (an unknown magic, a group of exceptions).
            self._shell.keep(error, traceback.format_exception_only(type(error), error))
        return error

    def traceback(self) -> str:
        """The traceback of what ``execute`` gave last, as text."""
        return strip_escapes("\n".join(self._shell.shown or ()))


def make(outputs: Outputs, main: ModuleType, replica_dir: Optional[str]) -> ShellExecutor:
    """Make the shell; its cells run in the module ``main``, already in ``sys.modules``."""
    folder = _ipython_folder(replica_dir)
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "Neutral"
    shell = ReplicaShell.instance(
        config=config, user_module=main, outputs=outputs, ipython_dir=folder
    )
    longboat.load_ipython_extension(shell)
    _be_no_terminal()
    return ShellExecutor(shell)


def _ipython_folder(replica_dir: Optional[str]) -> str:
    """A profile of the job's own: nobody's personal settings decide how it runs."""
    if replica_dir is not None:
        folder = os.path.join(replica_dir, ".ipython")
    else:
        folder = tempfile.mkdtemp(prefix="longboat-ipython-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["IPYTHONDIR"] = folder
    return folder


def _be_no_terminal() -> None:
    # TensorFlow and others take sys.ps1 for a person at a prompt.
    for name in ("ps1", "ps2", "ps3"):
        if hasattr(sys, name):
            delattr(sys, name)
    # run_code says this of every SystemExit; here it is how one ends a run.
    warnings.filterwarnings("ignore", message="To exit: use")
