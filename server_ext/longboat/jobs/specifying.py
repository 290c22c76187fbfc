"""From a request to a specification that will run, with all that keeps it from running."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from longboat.backends.base import Backend
from longboat.errors import Problem
from longboat.jobs.interpreter import check_interpreter
from longboat.spec.job import JobSpec
from longboat.spec.names import check_variable
from longboat.spec.notebook import NotebookFacts
from longboat.spec.problems import Problems
from longboat.spec.request import JobRequest, resolve

Environment = Callable[[str, tuple[str, ...]], str]
"""Gives the interpreter of an environment that lies over an interpreter and meets requirements."""


def specify(
    problems: Problems,
    request: JobRequest,
    notebook: NotebookFacts,
    backend: Backend | None,
    environment: Environment | None,
    interpreters: Path,
) -> JobSpec | None:
    """Make the specification, noting in ``problems`` all that keeps it from running.

    ``backend`` is None where there is none of its name. ``environment`` builds one that is not
    there; None where none shall be built, and nobody knows what it will have. ``interpreters``
    keeps what interpreters answered.
    """
    machine = backend.machine() if backend is not None else None
    spec = problems.attempt(None, resolve, request, notebook, machine)
    problems.found.extend(_missing_secrets(request.secrets))
    if spec is not None and backend is not None:
        problems.found.extend(backend.check(spec))
        if environment is not None:
            spec = _with_environment(problems, spec, environment)
        elif spec.requirements:
            return spec
        problems.found.extend(check_interpreter(spec, notebook, interpreters))
    return spec


def _with_environment(problems: Problems, spec: JobSpec, environment: Environment) -> JobSpec:
    """Have what it requires ready: before there is a job, and before it is given anything."""
    if not spec.requirements or spec.python is None or problems.found:
        return spec
    build = partial(environment, spec.python, spec.requirements)
    return replace(spec, python=problems.attempt(spec.python, build))


def _missing_secrets(names: Iterable[str]) -> list[Problem]:
    """Name those that are not set here; what cannot be a variable's name is told by resolve."""
    valid = [name for name in names if Problems().attempt("", check_variable, name, "secrets")]
    return [
        Problem("secrets", f"{name} is not set in this environment; set it, then submit again.")
        for name in valid
        if name not in os.environ
    ]
