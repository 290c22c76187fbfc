"""What is needed to say later where a result came from."""

from __future__ import annotations

import getpass
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from longboat.errors import Broken
from longboat.snapshots.git import git_state
from longboat.snapshots.interpreter import ask
from longboat.snapshots.manifest import Snapshot
from longboat.spec.job import JobSpec


class Interpreted(msgspec.Struct, frozen=True):
    """What a receipt says of the interpreter."""

    path: str
    version: str
    implementation: str
    distributions: dict[str, str]
    """Name → version."""


class Receipt(msgspec.Struct, frozen=True):
    """What is read of a receipt again; the rest is for people."""

    who: str
    """``user@host``."""
    when: str
    """ISO 8601."""
    interpreter: Interpreted | None = None
    """None of a job that ran on a cluster."""
    git: dict[str, Any] | None = None


def receipt(
    snapshot: Snapshot, spec: JobSpec, *, folder: Path | None, cache: Path
) -> dict[str, Any]:
    """Write a job's receipt, as plain JSON data.

    ``folder`` is the notebook's, for its git commit (None when it is not there any more);
    ``cache`` keeps what interpreters answered. Of the environment and of secrets it has the names,
    never a value. Raises BadInput for field ``python`` when ``spec.python`` cannot run a job.
    """
    return {
        "snapshot": snapshot.address,
        "entry": snapshot.entry,
        "files": {file.path: file.sha256 for file in snapshot.files},
        "warnings": list(snapshot.warnings),
        "who": f"{user()}@{platform.node()}",
        "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "git": msgspec.to_builtins(git_state(folder)) if folder else None,
        "interpreter": _interpreter(spec.python, cache),
        "parameters": spec.parameters,
        "env": sorted(spec.env),
        "secrets": sorted(spec.secrets),
    }


def read_receipt(written: dict[str, Any]) -> Receipt:
    """Read a receipt back. Raises Broken when it is none."""
    try:
        return msgspec.convert(written, Receipt)
    except msgspec.ValidationError as error:
        raise Broken(f"A receipt is damaged ({error}); restore it, or remove its job.") from None


def user() -> str:
    """Name whoever runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A uid without a name, as containers have it.
        return str(os.getuid())


def _interpreter(python: str | None, cache: Path) -> dict[str, Any] | None:
    """The interpreter on this machine; None where the job runs elsewhere."""
    if python is None:
        return None
    answer = ask(python, cache)
    return {
        "path": python,
        "version": answer.version,
        "implementation": answer.implementation,
        "distributions": dict(sorted(answer.distributions.items(), key=lambda d: d[0].lower())),
    }
