"""Building an environment: a venv that also sees what its base has, and pip to fill it.

A venv knows the Python it was made from, and not the environment of that Python; a .pth file (the
documentation of ``site``) adds its folders behind those of the venv. pip then finds there what need
not be installed, and leaves it alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from longboat.environments.record import python_in
from longboat.errors import BadInput, Unavailable
from longboat.snapshots.interpreter import Interpreter
from longboat.spec.problems import shown
from longboat.spec.requirements import FIELD

_BASE = "_longboat_base.pth"
_VENV_SECONDS = 120.0
_OFTEN = (
    (re.compile(r"No matching distribution found for (.+)"), "there is no {0} for this Python"),
    (re.compile(r"Cannot install .+ because these package versions have con"), "{conflict}"),
    (re.compile(r"No space left on device"), "no space is left on the disk"),
    (
        re.compile(r"NewConnectionError|Name or service not known|Max retries"),
        "{net}",
    ),
    (re.compile(r"error: (?:command|Microsoft) .*(?:gcc|cc|c\+\+|cl)"), "it needs a compiler"),
)
_CONFLICT = "the versions that are asked for exclude each other"
_NETWORK = "the package index cannot be reached"
_SECRET = re.compile(r"://[^/@\s]+@")


def build(folder: Path, base: str, answer: Interpreter, requirements: Sequence[str]) -> None:
    """Make the environment in ``folder``, which must not exist. Raises BadInput, Unavailable."""
    try:
        made = subprocess.run(
            [base, "-m", "venv", "--without-pip", str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VENV_SECONDS,
            check=False,
        )
        if made.returncode:
            raise BadInput.of(
                FIELD,
                f"{base} cannot make an environment ({_last(made.stderr)}); choose another "
                "interpreter with --python or --kernel.",
            )
        (site,) = folder.glob("lib/python*/site-packages")
        (site / _BASE).write_text("".join(f"{path}\n" for path in _packages(answer)))
        _install(folder, requirements)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{base} does not get done with making an environment.") from None
    except OSError as error:
        raise Unavailable(f"An environment cannot be made: {error.strerror or error}.") from error


def _packages(answer: Interpreter) -> list[str]:
    """The base's folders of packages, in its order; its standard library is the venv's too."""
    return [p for p in answer.paths if p.endswith(("site-packages", "dist-packages"))]


def _install(folder: Path, requirements: Sequence[str]) -> None:
    """Have our own pip fill it: the base may have none. Raises BadInput."""
    log = folder / "pip.log"
    command = [sys.executable, "-m", "pip", "--python", str(python_in(folder)), "install"]
    options = ["--disable-pip-version-check", "--no-input", "--quiet"]
    with log.open("wb") as out:
        done = subprocess.run(
            [*command, *options, *requirements],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONNOUSERSITE": "1"},
            check=False,
        )
    if done.returncode:
        said = log.read_text(errors="replace")
        raise BadInput.of(FIELD, f"The environment cannot be built: {why(said)}. Mend the list.")


def why(said: str) -> str:
    """Say in a few words why pip has failed, by what it printed."""
    for pattern, words in _OFTEN:
        if found := pattern.search(said):
            named = [shown(group) for group in found.groups()]
            return words.format(*named, conflict=_CONFLICT, net=_NETWORK)
    return _last(said.encode())


def _last(said: bytes) -> str:
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    text = lines[-1] if lines else "it said nothing"
    return shown(_SECRET.sub("://…@", text).removeprefix("ERROR: ").rstrip("."), 200)
