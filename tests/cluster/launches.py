"""Launches of real snapshots, to be rendered and sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longboat.backends.base import AttemptRef, Launch
from longboat.guest.bundle import build
from longboat.records.layout import Home
from longboat.snapshots.store import SnapshotStore
from longboat.spec.job import JobSpec, Resources

MIB = 1 << 20
SMALL = Resources(cpu=0.1, memory=64 * MIB)


def launch_of(
    folder: Path,
    *,
    job: str = "jabcdefghi",
    attempt: int = 1,
    files: Mapping[str, bytes] | None = None,
    secrets: Mapping[str, str] | None = None,
    **wanted: Any,
) -> Launch:
    """A launch of ``main.py`` with ``files`` beside it; ``wanted`` goes into its specification."""
    home = Home(folder / "home")
    source = folder / "sources" / "main.py"
    for name, content in {"main.py": b"print(42)\n", **(files or {})}.items():
        (source.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (source.parent / name).write_bytes(content)
    store = SnapshotStore(home.snapshots, keep_out=[home.path])
    fields = {"name": "digits", "model": "digits", "resources": SMALL, "backend": "test", **wanted}
    return Launch(
        ref=AttemptRef(job, attempt),
        spec=JobSpec(entry="main.py", kind="script", secrets=tuple(secrets or ()), **fields),
        run_directory=home.run(job).path,
        snapshot=store.take(source, tuple(files or ())).address,
        snapshots_root=home.snapshots,
        guest=build(home.guests),
        secrets_file=_written(folder / "secrets.json", secrets) if secrets else None,
    )


def _written(path: Path, secrets: Mapping[str, str]) -> Path:
    path.write_text(json.dumps(secrets))
    return path
