"""A plan as data and as YAML: what is printed, or shown in the Lab, before there is a job."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from longboat.jobs.submission import Plan


def plan_dict(plan: Plan, manifests: Sequence[dict[str, Any]] | None) -> dict[str, Any]:
    """The stable JSON of a plan: the specification, the snapshot and its files, the warnings.

    ``manifests`` is what it would create on a cluster; null where it needs none.
    """
    return {
        "spec": msgspec.to_builtins(plan.spec),
        "snapshot": plan.snapshot.address,
        "files": [{"path": file.path, "size": file.size} for file in plan.snapshot.files],
        "warnings": list(plan.snapshot.warnings),
        "manifests": manifests,
    }


def as_yaml(manifests: Sequence[dict[str, Any]]) -> str:
    """Write Kubernetes objects as kubectl takes them: one YAML document each."""
    import yaml

    # What two objects share is written out in each, instead of as a reference.
    apart = json.loads(json.dumps(manifests))
    text: str = yaml.safe_dump_all(apart, sort_keys=False, allow_unicode=True)
    return text
