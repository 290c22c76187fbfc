"""Which interpreter answers predictions: it needs TensorFlow and the packages of [serve]."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from longboat.errors import Unavailable

NEEDED = ("tensorflow", "numpy", "msgspec", "orjson", "httptools", "uvloop")
OLDEST = (3, 11)
PROBE_SECONDS = 10.0
PROBE = f"""
import importlib.util, sys
missing = [name for name in {NEEDED!r} if importlib.util.find_spec(name) is None]
if sys.version_info < {OLDEST!r}:
    missing.insert(0, "Python-{".".join(map(str, OLDEST))}")
print(" ".join(missing))
"""
SHIPPED = (
    "errors.py",
    "spec/__init__.py",
    "spec/decoding.py",
    "spec/job.py",
    "spec/savedmodel.py",
    "spec/service.py",
    "spec/signature.py",
)
"""What the predictor imports besides itself."""


class Interpreter(NamedTuple):
    """How to run ``-m longboat.predictor``."""

    python: str
    path: str | None
    """PYTHONPATH for an interpreter that is not Longboat's own."""


def choose(theirs: str | None, ships: Path) -> Interpreter:
    """Take Longboat's own interpreter if it has all, else the job's, with the predictor shipped.

    ``ships``: a folder for what is shipped. Raises Unavailable, saying what to install where.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return Interpreter(sys.executable, None)
    sentence = _lacks(sys.executable, missing)
    if theirs is not None and theirs != sys.executable:
        theirs_missing = _probe(theirs)
        if not theirs_missing:
            return Interpreter(theirs, str(ship(ships)))
        sentence += f", and {_lacks(theirs, theirs_missing)}"
    raise Unavailable(
        f"No interpreter here can serve: {sentence}. "
        f"Run: {theirs or sys.executable} -m pip install 'longboat[serve]' tensorflow"
    )


def ship(root: Path) -> Path:
    """Lay out the predictor's own modules for an interpreter without Longboat; gives their folder.

    A PYTHONPATH to our own packages would mix two environments.
    """
    package = Path(__file__).parents[2]
    files = [*SHIPPED, *(f"predictor/{file.name}" for file in (package / "predictor").glob("*.py"))]
    contents = {name: (package / name).read_bytes() for name in sorted(files)}
    digest = hashlib.sha256(repr(contents).encode()).hexdigest()[:16]
    folder = root / f"predictor-{digest}"
    if not folder.is_dir():
        _lay_out(folder, contents)
    return folder


def _lay_out(folder: Path, contents: dict[str, bytes]) -> None:
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        for name, content in {"__init__.py": b"", **contents}.items():
            path = temporary / "longboat" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if not folder.is_dir():
            temporary.rename(folder)
    except OSError:
        # Whoever came first laid out the same.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _probe(python: str) -> list[str]:
    """Ask an interpreter what it lacks."""
    try:
        answer = subprocess.run(
            [python, "-c", PROBE],
            capture_output=True,
            check=True,
            cwd="/",
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
            text=True,
            timeout=PROBE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ["everything (it cannot be run)"]
    return answer.stdout.split()


def _lacks(python: str, missing: list[str]) -> str:
    return f"{python} lacks {', '.join(missing)}"
