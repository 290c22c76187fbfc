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
    found = _inside(root, root / path.lstrip("/"))
    if found is None:
        raise BadInput.of("path", f"There is no file {path!r} in the folder of this server.")
    return found


def located(wanted: Mapping[str, Any], folder: Path, root: Path) -> dict[str, Any]:
    """Find the file with the requirements: it is named as seen from ``folder``.

    Raises BadInput where it is not below the server's folder.
    """
    name = wanted.get("requirements")
    if not name:
        return dict(wanted)
    found = _inside(root, folder / name) if isinstance(name, str) else None
    if found is None:
        place = "beside the notebook" if folder != root else "in the server's folder"
        raise BadInput.of("requirements", f"There is no file {name!r} {place}; choose one there.")
    return {**wanted, "requirements": str(found)}


def _inside(root: Path, path: Path) -> Path | None:
    """Give a file below ``root``; None for what is none, or lies elsewhere."""
    try:
        found = path.resolve()
        return found if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # too long, a null character
        return None


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
