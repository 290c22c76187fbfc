"""What an interpreter is and what is installed in it, asked of itself and remembered."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import msgspec

from longboat.errors import BadInput
from longboat.spec.decoding import UNDECODABLE
from longboat.spec.problems import shown
from longboat.system.files import write_atomic

OLDEST = (3, 9)
"""What the guest runs on."""
_SECONDS = 30.0

# Runs in the interpreter that is asked, of any version: plain old Python, standard library.
_QUESTION = r"""
import json, os, platform, sys
sys.path[:] = [p for p in sys.path if p]
answer = {"version": platform.python_version(), "implementation": platform.python_implementation()}
answer["prefix"] = sys.prefix
answer["paths"] = [os.path.abspath(p) for p in sys.path]
try:
    from importlib.metadata import distributions
    names = [(d.metadata["Name"], d.version) for d in distributions()]
except ImportError:
    names = []
found = {}
for name, version in names:
    if name:
        found.setdefault(str(name), str(version))
answer["distributions"] = found
print(json.dumps(answer))
"""


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter's answer."""

    version: str
    """``3.11.9``."""
    implementation: str
    """``CPython``."""
    prefix: str
    paths: tuple[str, ...]
    """Where it finds modules, as started without a script."""
    distributions: dict[str, str]
    """Name → version."""


class _Remembered(msgspec.Struct, frozen=True):
    """An answer, and by what to see that it still holds."""

    answer: Interpreter
    marks: dict[str, int]
    """Path → time of its last change in ns, 0 where there is nothing."""


def ask(python: str, cache: Path) -> Interpreter:
    """Describe the interpreter; from ``cache``, a folder, while nothing was installed since.

    Raises BadInput for field ``python`` when it is no Python, one that does not start, or too old.
    """
    path = cache / f"{_key(python)}.json"
    remembered = _remembered(path)
    if remembered is not None and remembered.marks == _marks(python, remembered.answer):
        return remembered.answer
    answer = _answer(python)
    if tuple(int(part) for part in answer.version.split(".")[:2]) < OLDEST:
        raise BadInput.of(
            "python", f"{python} is Python {answer.version}; jobs need 3.9 or a newer one."
        )
    cache.mkdir(parents=True, exist_ok=True)
    write_atomic(path, msgspec.json.encode(_Remembered(answer, _marks(python, answer))))
    return answer


def _key(python: str) -> str:
    """Name the cache's file: also PYTHONPATH and HOME decide what an interpreter finds."""
    decisive = [python, *(os.environ.get(name, "") for name in ("PYTHONPATH", "HOME"))]
    return hashlib.sha256("\0".join(decisive).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _remembered(path: Path) -> _Remembered | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Remembered)
    except (OSError, *UNDECODABLE):
        return None


def _marks(python: str, answer: Interpreter) -> dict[str, int]:
    """Look when the interpreter, its environment and each of its folders last changed."""
    real = os.path.realpath(python)
    return {p: _changed(p) for p in (real, f"{answer.prefix}/pyvenv.cfg", *answer.paths)}


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


def _answer(python: str) -> Interpreter:
    try:
        done = subprocess.run(
            [python, "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            cwd="/",
            check=True,
        )
        return msgspec.json.decode(done.stdout.splitlines()[-1], type=Interpreter)
    except subprocess.TimeoutExpired as error:
        raise BadInput.of(
            "python", f"{python} did not answer in {_SECONDS:.0f} s; choose another."
        ) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        last = f": {shown(said[-1], 200)}" if said else ""
        raise BadInput.of(
            "python", f"{python} does not work as a Python{last}; mend it or choose another."
        ) from error
    except (OSError, IndexError, *UNDECODABLE) as error:
        raise BadInput.of(
            "python", f"{python} is not a Python interpreter; choose another."
        ) from error
