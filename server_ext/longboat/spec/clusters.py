"""clusters.toml: the clusters that ``--on`` may name, one table each."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from longboat.errors import BadInput
from longboat.spec.cluster import ClusterConfig
from longboat.spec.cluster_keys import KEYS, check_value
from longboat.spec.problems import Problems, shown

FILE = "LONGBOAT_CLUSTERS"
"""The environment variable that names another file."""
_FIELD = "clusters"
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")


def clusters_file(home: Path) -> Path:
    """Where the clusters of a home are written down; there need not be such a file."""
    given = os.environ.get(FILE)
    return Path(given).absolute() if given else home / "clusters.toml"


def read_clusters(path: Path) -> dict[str, ClusterConfig]:
    """Read every cluster by its name; none where there is no file.

    Raises BadInput with every mistake at once: the file, the table and the key.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput.of(_FIELD, f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput.of(_FIELD, f"{path} is not TOML: {error}; mend it.") from error
    problems = Problems()
    found = {
        name: config
        for name, table in tables.items()
        if (config := problems.attempt(None, _read, path, name, table)) is not None
    }
    problems.finish()
    return found


def _read(path: Path, name: str, table: Any) -> ClusterConfig:
    where = f"{_FIELD}.{name}"
    if not isinstance(table, dict):
        raise BadInput.of(where, f"{path} has {name} outside of a table; write it below [NAME].")
    if name == "local" or not _NAME.fullmatch(name):
        raise BadInput.of(
            where,
            f'"{shown(name)}" in {path} cannot be the name of a cluster: use lower-case letters, '
            "digits and hyphens, starting with a letter, at most 40 characters, and not local.",
        )
    problems = Problems()
    for key, value in table.items():
        if key in KEYS:
            problems.attempt(None, check_value, key, value, f"{where}.{key}")
        else:
            problems.add(f"{where}.{key}", f"There is no such key; choose among {', '.join(KEYS)}.")
    _check_credentials(problems, where, table)
    if problems.found:
        place = f" ([{name}] in {path})"
        raise BadInput(each._replace(message=each.message + place) for each in problems.found)
    config = msgspec.convert(table, ClusterConfig)
    return msgspec.structs.replace(config, name=name, kubeconfig=_absolute(path, config.kubeconfig))


def _check_credentials(problems: Problems, where: str, table: Mapping[str, Any]) -> None:
    if table.get("in_cluster") is True:
        for key in ("kubeconfig", "context"):
            if key in table:
                problems.add(
                    f"{where}.{key}",
                    f"Leave out {key} or in_cluster: a pod has credentials of its own.",
                )


def _absolute(path: Path, kubeconfig: str | None) -> str | None:
    """Read a relative path from where the file lies: every process finds the same."""
    if kubeconfig is None:
        return None
    return str(path.absolute().parent / Path(kubeconfig).expanduser())
