"""A job in small: all of its roles, as little of each as shows whether it would run."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from longboat.errors import BadInput
from longboat.spec.job import JobSpec, Resources
from longboat.spec.notebook import NotebookFacts
from longboat.spec.problems import shown

_WORKERS, _SERVERS = 2, 1
"""Fewer would not show what goes wrong between replicas; more would show nothing else."""
_CPU = 1.0
_MEMORY = 2 << 30
_DEADLINE = 300.0
"""Seconds, where nobody has asked for another limit."""


def check_rehearsal(value: Any, notebook: NotebookFacts) -> bool:
    """Read whether a rehearsal is asked for. Raises BadInput."""
    if value not in (True, False):
        raise BadInput.of(
            "rehearse", f'"{shown(value)}" cannot be used: give True, or leave it out.'
        )
    if value and notebook.kind != "notebook":
        raise BadInput.of(
            "rehearse",
            f"{shown(notebook.path.name)} is a script, and only notebooks can be rehearsed; "
            "leave rehearse out.",
        )
    return bool(value)


def small(spec: JobSpec) -> JobSpec:
    """Give the rehearsal of a job."""
    asked = spec.resources
    return replace(
        spec,
        workers=min(spec.workers, _WORKERS),
        ps=min(spec.ps, _SERVERS),
        resources=Resources(min(asked.cpu, _CPU), min(asked.memory, _MEMORY)),
        deadline=spec.deadline or _DEADLINE,
        retries=0,
        rehearse=True,
    )
