"""SIGKILL, the steward or the courier at every stage of a job on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.client import Cluster
from cluster.fault_home import RESULT, WHOLE, ClusterHome
from cluster.fault_stages import CELLS, NOT_HERE, STAGES, VICTIMS, Cell
from faults.conftest import saved

__all__ = ["saved"]

RUNS = [(cell, engine) for cell in CELLS for engine in cell.engines]


@pytest.fixture
def home(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: Cluster,
    kubeconfig: Path,
    python_image: str,
) -> Iterator[ClusterHome]:
    made = ClusterHome(tmp_path, monkeypatch, cluster, kubeconfig, python_image)
    yield made
    made.close()


@pytest.mark.own_cluster
@pytest.mark.parametrize(
    ("cell", "engine"), RUNS, ids=[f"{cell.act.__name__}-{engine}" for cell, engine in RUNS]
)
def test_killed(cell: Cell, engine: str, home: ClusterHome, saved: Path) -> None:
    home.on = engine
    job = cell.act(home, saved)
    status = home.ended(job, cell.state, cell.reason, cell.models)
    if status.state == "succeeded":
        assert home.log(job) == WHOLE
        assert home.result(job).stat().st_size == RESULT
        assert job.metrics() == {"done": 1}
    else:
        assert home.log(job) == "here\n"


def test_every_cell_is_hit_or_cannot_happen() -> None:
    hit = {(cell.victim, cell.stage) for cell in CELLS}
    assert hit | NOT_HERE.keys() == {(victim, stage) for victim in VICTIMS for stage in STAGES}
    assert not hit & NOT_HERE.keys()
