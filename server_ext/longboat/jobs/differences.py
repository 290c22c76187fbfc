"""What is other between two jobs of what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from longboat.spec.job import JobSpec

_MAPPINGS = ("parameters", "env")


class Difference(NamedTuple):
    """One thing that is other."""

    name: str
    """Of a parameter or a variable: ``parameters.lr``, ``env.MODE``."""
    before: Any
    """None where a default takes its place."""
    after: Any


def asked_differences(before: JobSpec, after: JobSpec) -> list[Difference]:
    """List the parts of a job's specification that are others than they were."""
    return differences(_flat(before), _flat(after))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """List the names whose values are not the same, in the order of ``before``."""
    names = dict.fromkeys((*before, *after))
    every = (Difference(name, before.get(name), after.get(name)) for name in names)
    return [each for each in every if each.before != each.after]


def _flat(spec: JobSpec) -> dict[str, Any]:
    asked: dict[str, Any] = msgspec.to_builtins(spec)
    resources = asked.pop("resources")
    mappings = {name: asked.pop(name) for name in _MAPPINGS}
    inner = {f"{name}.{key}": value for name in _MAPPINGS for key, value in mappings[name].items()}
    return {**asked, **resources, **inner}
