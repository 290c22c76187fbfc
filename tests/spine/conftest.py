"""A home of a test's own, on a machine of its own, whose jobs end with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from longboat.api import Client


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("LONGBOAT_POOL", str(tmp_path / "pool"))
    monkeypatch.setenv("LONGBOAT_STEWARD_LINGER", "0.2")
    home = Client(tmp_path / "home")
    yield home
    for job in home.jobs():
        job.stop()
        job.wait(timeout=30)
