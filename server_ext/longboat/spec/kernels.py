"""Which Python runs a notebook: the one asked for, else that of the notebook's own kernel.

Kernels are found as Jupyter finds them (jupyter-client's "Making kernels": a folder
``kernels/<name>/kernel.json`` in each of Jupyter's data folders), without importing Jupyter.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from longboat.errors import BadInput
from longboat.spec.decoding import UNDECODABLE
from longboat.spec.problems import shown

NATIVE = frozenset({"python", "python3"})
"""Kernels that mean "the Python beside which this runs"."""


class _KernelSpec(msgspec.Struct):
    """The part of kernel.json that is needed."""

    argv: list[str]
    language: str = "python"


def find_interpreter(kernel: str | None = None, python: str | None = None) -> str:
    """Find the interpreter: ``python`` if given, else the kernel's, else our own.

    Returns an absolute path, its symbolic links kept (a virtual environment is known by them).
    Raises BadInput for field ``python`` or ``kernel``.
    """
    if python is not None:
        return _interpreter(python)
    if kernel is None or kernel.lower() in NATIVE:
        return sys.executable
    return _kernel_interpreter(kernel)


def same_version(interpreter: str) -> bool:
    """Tell whether it is surely the Python version that runs this."""
    return os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _interpreter(given: str) -> str:
    """Check an interpreter named by path, or by a command's name on PATH."""
    if not given or "\0" in given:
        raise BadInput.of(
            "python", "The path of an interpreter is empty or has a null character; write its path."
        )
    if "/" not in given:
        found = shutil.which(given)
        if found is None:
            message = (
                f'There is no command "{shown(given)}" on PATH; write the path of an interpreter.'
            )
            raise BadInput.of("python", message)
        return str(Path(found).absolute())
    path = Path(given).expanduser().absolute()
    if path.is_dir():
        inside = path / "bin" / "python"
        hint = f"; did you mean {inside}?" if inside.exists() else "; name the interpreter in it."
        raise BadInput.of("python", f"{shown(str(path), 200)} is a folder{hint}")
    if not path.exists():
        raise BadInput.of(
            "python", f"There is no interpreter at {shown(str(path), 200)}; check the path."
        )
    if not path.is_file() or not os.access(path, os.X_OK):
        raise BadInput.of("python", f"{shown(str(path), 200)} cannot be executed; name a Python.")
    return str(path)


def _kernel_interpreter(name: str) -> str:
    spec_path = _find_kernel(name)
    try:
        spec = msgspec.json.decode(spec_path.read_bytes(), type=_KernelSpec)
    except (OSError, *UNDECODABLE) as error:
        raise BadInput.of(
            "kernel",
            f'The kernel "{shown(name)}" is damaged: {spec_path}: {error}; install it again.',
        ) from error
    if spec.language.lower() != "python":
        raise BadInput.of(
            "kernel",
            f'The kernel "{shown(name)}" is for {shown(spec.language)}; Longboat runs Python.',
        )
    return _from_argv(name, spec.argv)


def _from_argv(name: str, argv: list[str]) -> str:
    """Take the interpreter of a kernel's command line, looking past a wrapper such as env."""
    command = next((part for part in argv if Path(part).name.startswith(("python", "pypy"))), None)
    if command is None:
        raise BadInput.of(
            "kernel",
            f'The kernel "{shown(name)}" starts through "{shown(argv[0] if argv else "")}", which '
            "hides its interpreter; name that with --python PATH.",
        )
    if "/" not in command:
        return sys.executable  # As jupyter-client reads a bare python.
    try:
        return _interpreter(command)
    except BadInput as error:
        raise BadInput.of(
            "kernel",
            f'The kernel "{shown(name)}" does not work: {error.problems[0].message}',
        ) from error


def _find_kernel(name: str) -> Path:
    known = dict(_kernels())
    if name.lower() in known:
        return known[name.lower()]
    there = ", ".join(sorted({"python3", *known}))
    raise BadInput.of(
        "kernel",
        f'The kernel "{shown(name)}" is not installed here. Choose another with --kernel NAME '
        f"(there are: {there}) or an interpreter with --python PATH.",
    )


def _kernels() -> Iterator[tuple[str, Path]]:
    """List name and kernel.json; the first folder comes last, so that it wins in a dict."""
    for folder in reversed(_data_folders()):
        try:
            names = sorted(entry.name for entry in os.scandir(folder / "kernels"))
        except OSError:
            continue
        for name in names:
            spec = folder / "kernels" / name / "kernel.json"
            if spec.is_file():
                yield name.lower(), spec


def _data_folders() -> list[Path]:
    """Jupyter's data folders, the most important first (``jupyter --paths``)."""
    given = [Path(part) for part in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if part]
    shared = [Path(sys.prefix, "share/jupyter")]
    system = [Path("/usr/local/share/jupyter"), Path("/usr/share/jupyter")]
    return [*given, _user_data_folder(), *shared, *system]


def _user_data_folder() -> Path:
    own = os.environ.get("JUPYTER_DATA_DIR")
    if own:
        return Path(own)
    if sys.platform == "darwin":
        return Path("~/Library/Jupyter").expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "jupyter"
