"""The cluster under test: the one of ``make cluster``, or the one that KUBECONFIG names."""

from __future__ import annotations

import pytest

from cluster.fixtures import (
    GIVEN,
    client_with_volume,
    cluster,
    kubeconfig,
    own_kubeconfig,
    python_image,
    tiny_volume,
    trainer_image,
    volume,
)
from cluster.homes import client

__all__ = [
    "client",
    "client_with_volume",
    "cluster",
    "kubeconfig",
    "own_kubeconfig",
    "python_image",
    "tiny_volume",
    "trainer_image",
    "volume",
]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_cluster: needs the cluster that `make cluster` makes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on somebody's cluster, what would need or change its machine."""
    if GIVEN:
        left_out = [item for item in items if item.get_closest_marker("own_cluster")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
