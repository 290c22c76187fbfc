"""Endurance on the cluster of ``make cluster``, or of KUBECONFIG: long, and outside of CI."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from cluster.conftest import pytest_collection_modifyitems, pytest_configure
from cluster.fixtures import cluster, kubeconfig, python_image
from cluster.homes import client

__all__ = [
    "client",
    "cluster",
    "kubeconfig",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "python_image",
]

AMOUNTS = {"JOBS": 1000, "AWAY": 600, "LINES": 1_000_000}
"""What is soaked, and how much of it: LONGBOAT_SOAK_JOBS and so on name less (or more)."""
Tell = Callable[[str], None]


@pytest.fixture
def amount() -> Callable[[str], int]:
    return lambda name: int(os.environ.get(f"LONGBOAT_SOAK_{name}", AMOUNTS[name]))


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Print a figure at once: such a test is watched."""

    def say(sentence: str) -> None:
        with capsys.disabled():
            print(f"\n  {sentence}", end="", flush=True)

    return say
