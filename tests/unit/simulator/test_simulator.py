"""The reconciler keeps its promises in random histories, and broken ones are caught."""

from __future__ import annotations

import os
import typing

import pytest

from longboat.jobs.actions import Action
from simulator.campaign import campaign, catch
from simulator.coverage import REQUIRED
from simulator.history import History
from simulator.instruments import installed
from simulator.mutants import EXECUTORS, RECONCILERS

HISTORIES = int(os.environ.get("LONGBOAT_HISTORIES", "100000"))
CATCH_WITHIN = 10_000
"""Histories; most mutants are caught within ten."""


@pytest.mark.timeout(600)
def test_every_promise_is_kept_in_random_histories() -> None:
    report = campaign(HISTORIES)
    print(f"{report.histories} histories")
    print(report.coverage.table())
    assert not report.failures, "\n".join(map(str, report.failures[:5]))
    assert not report.coverage.absent(), report.coverage.absent()
    assert not report.coverage.missed, list(report.coverage.missed)


@pytest.mark.parametrize("mutant", [*RECONCILERS, *EXECUTORS])
def test_a_broken_one_is_caught(mutant: str) -> None:
    failure = catch(mutant, CATCH_WITHIN)
    assert failure is not None, f"{CATCH_WITHIN} histories do not catch {mutant}"
    print(f"{mutant}: seed {failure.seed}: {failure.message}")


def test_every_action_is_in_the_table() -> None:
    assert set(REQUIRED) == {kind.__name__ for kind in typing.get_args(Action)}


def test_a_seed_is_always_the_same_history() -> None:
    traces = []
    with installed():
        for _ in range(2):
            history = History(11, trace=True)
            history.run()
            traces.append(history.faults.trace)
    assert traces[0] == traces[1]
