"""What may be asked for a job, as JSON: the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longboat.errors import BadInput, Problem

WORDS = frozenset(
    {
        *("name", "workers", "chief", "ps", "evaluator", "cpu", "memory", "gpu", "parameters"),
        *("env", "secrets", "files", "kernel", "requirements", "model", "deadline", "retries"),
        *("image", "volume", "rehearse"),
    }
)
"""Those of ``Client.submit``; ``python`` is not among them: it names a program of this machine."""
_LISTS = ("secrets", "files")
_MAPPINGS = ("parameters", "env")


def asked(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is asked beside the file, as ``Client.submit`` takes it. Raises BadInput."""
    given = {name: value for name, value in body.items() if name not in ("path", "on")}
    problems = [
        Problem(name, f"There is no option {name}; known are path, on, {', '.join(sorted(WORDS))}.")
        for name in given
        if name not in WORDS
    ]
    problems += [
        Problem(name, f"{name} must be a list of texts.")
        for name in _LISTS
        if name in given and not _is_list_of_texts(given[name])
    ]
    problems += [
        Problem(name, f"{name} must be an object of names and values, or a list of NAME=VALUE.")
        for name in _MAPPINGS
        if name in given and not (isinstance(given[name], dict) or _is_list_of_texts(given[name]))
    ]
    on = body.get("on", "local")
    if not isinstance(on, str):
        problems.append(Problem("on", "Name a place where jobs run, such as local."))
    if problems:
        raise BadInput(problems)
    lists = {name: tuple(given[name]) for name in _LISTS if name in given}
    return {**given, **lists, "backend": on}


def entry(body: Mapping[str, Any], root: Path) -> Path:
    """Give the notebook or script; ``path`` is relative to the server's root. Raises BadInput."""
    path = body.get("path")
    if not isinstance(path, str) or not path.strip("/"):
        raise BadInput.of(
            "path", "Name a notebook or a script by its path below the server's folder."
        )
    try:
        found = (root / path.lstrip("/")).resolve()
        inside, is_file = found.is_relative_to(root.resolve()), found.is_file()
    except (OSError, ValueError):  # too long, a null character
        inside, is_file = False, False
    if not inside or not is_file:
        raise BadInput.of("path", f"There is no file {path!r} in the folder of this server.")
    return found


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
