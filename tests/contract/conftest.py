"""The places where the suite runs: a new backend joins by one more line in PLACES."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from contract.broken import BROKEN
from contract.local import LocalPlace
from contract.place import Place
from contract.scenario import Scenario
from contract.scripted import ScriptedPlace
from contract.trial import Trial

PLACES: dict[str, Callable[[Path], Place]] = {
    "local": LocalPlace,
    "scripted": ScriptedPlace,
}
ON_CLUSTER = ("trainjob", "tfjob")

CHOSEN = os.environ.get("LONGBOAT_CONTRACT", "")
"""``cluster``: the places on a cluster instead; ``broken``: the suite is being tested itself."""
collect_ignore = ["test_the_suite.py"] if CHOSEN else []

if CHOSEN == "cluster":
    from cluster.fixtures import cluster, kubeconfig, python_image, volume  # noqa: F401
    from contract.on_cluster import ClusterPlace, Ground

    @pytest.fixture(scope="session")
    def ground(cluster: Any, kubeconfig: Path, python_image: str, volume: str) -> Ground:  # noqa: F811
        """What all places on the cluster share."""
        return Ground(cluster, kubeconfig, python_image, volume)

    @pytest.fixture(params=ON_CLUSTER)
    def place(request: pytest.FixtureRequest, tmp_path: Path, ground: Ground) -> Iterator[Place]:
        """An empty place; whatever a test leaves running there is ended."""
        yield from _closing(ClusterPlace(tmp_path / "home", ground, request.param))

else:
    FACTORIES: Mapping[str, Callable[[Path], Place]] = BROKEN if CHOSEN == "broken" else PLACES

    @pytest.fixture(params=FACTORIES)
    def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
        """An empty place; whatever a test leaves running there is ended."""
        yield from _closing(FACTORIES[request.param](tmp_path / "home"))


def _closing(made: Place) -> Iterator[Place]:
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def trial(place: Place) -> Callable[..., Trial]:
    """Make a job there that plays a scenario."""

    def make(scenario: Scenario, **wanted: object) -> Trial:
        return Trial(place, scenario, **wanted)  # type: ignore[arg-type] # JobSpec's fields

    return make
