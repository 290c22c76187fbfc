"""What would run and what travels with it, before there is a job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from longboat.explain.words import count, listing, one_line
from longboat.spec.quantities import format_cores, format_memory
from longboat.views.terminal import paint

if TYPE_CHECKING:
    from longboat.jobs.differences import Difference
    from longboat.jobs.submission import Plan


def travelled(plan: Plan) -> Iterator[str]:
    """Say what travels, what was left behind, and what each replica gets."""
    snapshot, spec = plan.snapshot, plan.spec
    files = count(len(snapshot.files), "file")
    yield f"{spec.entry} travels in a snapshot of {files}, {format_memory(snapshot.size)}."
    for warning in snapshot.warnings:
        yield f"{paint('Note:', 'yellow')} {one_line(warning, 1000)}"
    names = ", ".join(str(replica) for replica in spec.replicas)
    each = [format_cores(spec.resources.cpu), format_memory(spec.resources.memory)]
    if spec.resources.gpu:
        each.append(count(spec.resources.gpu, "GPU"))
    resources = listing(", ".join(each))
    yield f"It runs as {names}, with {resources}{' each' if ',' in names else ''}."


def difference_line(found: Difference) -> str:
    """Say of one part of what was asked what it was and what it is."""
    before, after = (_shown(found.name, value) for value in (found.before, found.after))
    return f"{one_line(found.name)}: {before} → {after}"


def _shown(name: str, value: Any) -> str:
    """Write a value as its reader would; nothing where a default takes its place."""
    if value is None:
        return "none" if name.startswith("env.") else "the default"
    if name == "memory":
        return format_memory(value)
    return one_line(value if isinstance(value, str) else json.dumps(value), 200)
