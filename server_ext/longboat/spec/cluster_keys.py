"""What the keys of a table in clusters.toml may hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from longboat.errors import BadInput
from longboat.spec.cluster import ClusterConfig, Engine
from longboat.spec.names import check_claim, check_image, check_object
from longboat.spec.problems import shown

_FIELDS = {field.name: field.type for field in msgspec.structs.fields(ClusterConfig)}
KEYS = tuple(name for name in _FIELDS if name != "name")
"""Those that a table may have: the cluster's name is the table's own."""
_WANTED: dict[Any, str] = {
    str | None: 'a text, such as "example"',
    str: 'a text, such as "example"',
    bool: "true or false",
    int | None: "a whole number",
    Engine | None: '"trainjob" or "tfjob"',
    dict[str, str]: 'texts by name, such as { pool = "gpu" }',
    tuple[str, ...]: 'a list of texts, such as ["example"]',
    tuple[dict[str, Any], ...]: 'a list of tables, such as [{ key = "gpu", operator = "Exists" }]',
}
_LONGEST = 63
"""Characters of a namespace's name, and of a label's value."""
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_RESOURCE = re.compile(
    r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
)


class _Toleration(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """core/v1's Toleration; the API server drops silently what it does not know."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    toleration_seconds: int = 0


def check_value(key: str, value: Any, field: str) -> None:
    """Raise BadInput, for ``field``, when the key cannot have the value."""
    try:
        msgspec.convert(value, _FIELDS[key])
    except msgspec.ValidationError as error:
        message = f"{shown(value)} cannot be used: give {_WANTED[_FIELDS[key]]}."
        raise BadInput.of(field, message) from error
    if value == "":
        raise BadInput.of(field, "It is empty; give a value or leave the key out.")
    if key in _CHECKS:
        _CHECKS[key](value, field)


def _namespace(value: str, field: str) -> None:
    if len(value) > _LONGEST or not _NAMESPACE.fullmatch(value):
        raise BadInput.of(
            field,
            f'"{shown(value)}" cannot be the name of a namespace: it has lower-case letters, '
            "digits and hyphens, begins and ends with a letter or digit and has at most "
            f"{_LONGEST} characters.",
        )


def _queue(value: str, field: str) -> None:
    check_object(value, "a queue", field, _LONGEST)


def _service_account(value: str, field: str) -> None:
    check_object(value, "a service account", field)


def _pull_secrets(value: list[str], field: str) -> None:
    for name in value:
        check_object(name, "a Secret", field)


def _gpu_resource(value: str, field: str) -> None:
    if not _RESOURCE.fullmatch(value):
        message = f'"{shown(value)}" is not a resource: write it like nvidia.com/gpu.'
        raise BadInput.of(field, message)


def _fs_group(value: int, field: str) -> None:
    if not 0 <= value < 1 << 31:
        raise BadInput.of(field, f"{value} is not the number of a group; give one from 0.")


def _tolerations(value: list[dict[str, Any]], field: str) -> None:
    for each in value:
        try:
            msgspec.convert(each, _Toleration)
        except msgspec.ValidationError as error:
            known = "key, operator, value, effect, tolerationSeconds"
            message = f"{shown(each)} is not a toleration: it has {known} ({error})."
            raise BadInput.of(field, message) from error


_CHECKS: dict[str, Callable[[Any, str], object]] = {
    "namespace": _namespace,
    "image": check_image,
    "volume": check_claim,
    "fs_group": _fs_group,
    "tolerations": _tolerations,
    "gpu_resource": _gpu_resource,
    "queue": _queue,
    "image_pull_secrets": _pull_secrets,
    "service_account": _service_account,
}
