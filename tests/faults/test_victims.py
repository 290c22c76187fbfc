"""SIGKILL, victim by victim and stage by stage; each kill follows something seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults.home import FaultHome
from faults.invariants import job_ended
from faults.table import CELLS, DEPLOYING, STAGES, VICTIMS, Cell, not_applicable


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.moment)
def test_killed(cell: Cell, home: FaultHome, saved: Path, hit: Callable[..., None]) -> None:
    job = cell.act(home, saved)
    status = job_ended(home, job, cell.state, cell.reason, cell.models)
    hit(cell.victim, cell.stage, cell.moment, f"{status.state}. {status.message}")


def test_every_cell_is_hit_or_cannot_happen() -> None:
    cells = {(victim, stage) for victim in VICTIMS for stage in STAGES}
    hit = {(cell.victim, cell.stage) for cell in CELLS}
    hit |= {(victim, "deploying") for victim in DEPLOYING}
    cannot = not_applicable()
    assert hit | cannot.keys() == cells
    assert not hit & cannot.keys()
