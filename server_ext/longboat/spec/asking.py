"""From a face's keywords to a request: known names, texts and lists where those are wanted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from longboat.spec.job import JobSpec
from longboat.spec.problems import Problems, shown
from longboat.spec.request import JobRequest

_TEXTS = ("python", "kernel", "backend")
_LISTS = ("secrets", "files")


def read_request(entry: str | Path, asked: Mapping[str, Any]) -> JobRequest:
    """Make the request; what is None was not asked. Raises BadInput with every problem."""
    given = {name: value for name, value in asked.items() if value is not None}
    problems = Problems()
    known = set(JobRequest.__struct_fields__) - {"entry"}
    for name in sorted(set(given) - known):
        problems.add(
            name, f"A job has nothing of this name; choose among {', '.join(sorted(known))}."
        )
    for name in given.keys() & _TEXTS:
        given[name] = _text(problems, name, given[name])
    for name in given.keys() & _LISTS:
        given[name] = _texts(problems, name, given[name])
    problems.finish()
    return JobRequest(entry=os.fspath(entry), **given)


def asked_for(spec: JobSpec) -> dict[str, Any]:
    """What would have to be asked to get this spec."""
    asked = asdict(spec)
    del asked["entry"], asked["kind"], asked["resources"]
    if not spec.chief:  # else parameter servers that are asked for now could bring none
        del asked["chief"]
    return {**asked, **asdict(spec.resources)}


def _text(problems: Problems, field: str, value: Any) -> str:
    if isinstance(value, str | Path):
        return str(value)
    problems.add(field, f'"{shown(value)}" cannot be used: give a text.')
    return ""


def _texts(problems: Problems, field: str, value: Any) -> tuple[str, ...]:
    """Take a list of texts; a lone text is refused, or each of its letters would count as one."""
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    problems.add(field, f'"{shown(value)}" cannot be used: give a list of texts.')
    return ()
