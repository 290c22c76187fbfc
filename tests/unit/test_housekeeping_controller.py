"""When the steward tidies up: once it has begun, and after what may have left something."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from longboat.errors import Unavailable
from longboat.housekeeping import controller
from longboat.housekeeping.controller import HousekeepingController
from longboat.housekeeping.pruning import Pruned
from longboat.records.layout import Home


class Jobs:
    """As many jobs as a test says."""

    unfinished = 0
    finished = 0


class Keeper:
    """A controller whose rounds are counted, and fail while ``error`` is set."""

    def __init__(self, home: Home) -> None:
        self.jobs, self.rounds = Jobs(), 0
        self.error: Exception | None = None
        self.controller = HousekeepingController(home, self.jobs, self.prune)

    def prune(self) -> Pruned:
        self.rounds += 1
        if self.error is not None:
            raise self.error
        return Pruned()

    def step(self) -> int:
        assert not self.controller.step(), "nobody need look again at once"
        return self.rounds


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.jobs.mkdir()
    return home


@pytest.fixture
def keeper(home: Home) -> Keeper:
    return Keeper(home)


def test_it_tidies_once_it_has_begun_and_after_each_change(home: Home, keeper: Keeper) -> None:
    assert keeper.controller.unfinished == 1
    assert [keeper.step(), keeper.step()] == [1, 1]
    assert keeper.controller.unfinished == 0
    (home.jobs / "abcdefghij").mkdir()
    assert keeper.controller.unfinished == 1
    assert keeper.step() == 2
    keeper.jobs.finished += 1
    assert keeper.step() == 3
    (home.snapshots / "manifests").mkdir(parents=True)
    assert [keeper.step(), keeper.step()] == [4, 4]


def test_while_jobs_are_unfinished_it_does_so_rarely(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.jobs.unfinished = 1
    assert keeper.step() == 0
    monkeypatch.setattr(controller, "INTERVAL", 0.0)
    assert [keeper.step(), keeper.step()] == [1, 1]


@pytest.mark.parametrize("error", [Unavailable("Not now."), OSError(28, "No space left")])
def test_what_is_in_its_way_keeps_no_steward(
    keeper: Keeper, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    keeper.error = error
    with caplog.at_level(logging.WARNING):
        assert [keeper.step(), keeper.step()] == [1, 1]
    assert len(caplog.records) == 1
    assert keeper.controller.unfinished == 0
