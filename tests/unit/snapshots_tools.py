"""A folder with a notebook, and the store that takes snapshots of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from longboat.errors import BadInput
from longboat.snapshots.manifest import Snapshot
from longboat.snapshots.store import SnapshotStore


def notebook(*sources: str, **metadata: Any) -> str:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": []}
        for n, source in enumerate(sources or ("x = 1",))
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


class Desk:
    """Where somebody works: ``desk.root`` with ``a.ipynb`` in it, and a store elsewhere."""

    def __init__(self, place: Path) -> None:
        self.root = place / "work"
        self.root.mkdir()
        self.store = SnapshotStore(place / "snapshots")
        self.entry = self.root / "a.ipynb"
        self.write("a.ipynb", notebook())

    def write(self, path: str, content: str | bytes = "content") -> Path:
        whole = self.root / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content if isinstance(content, bytes) else content.encode())
        return whole

    def take(self, *globs: str, **options: Any) -> Snapshot:
        return self.store.take(self.entry, globs, **options)

    def paths(self, *globs: str, **options: Any) -> set[str]:
        """What travels beside the notebook."""
        return {file.path for file in self.take(*globs, **options).files} - {"a.ipynb"}

    def warnings(self, *globs: str, **options: Any) -> str:
        return "\n".join(self.take(*globs, **options).warnings)


def refused(desk: Desk, *globs: str) -> str:
    """What is said of these patterns, each of which is wrong."""
    with pytest.raises(BadInput) as caught:
        desk.take(*globs)
    assert {problem.field for problem in caught.value.problems} == {"files"}
    return str(caught.value)
