"""Many histories, in several processes; one that fails says how to play it again."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from typing import NamedTuple

from simulator.coverage import Coverage
from simulator.faults import Cell, Violation
from simulator.history import History
from simulator.instruments import installed
from simulator.mutants import EXECUTORS, RECONCILERS

CHUNK = 2_500
SHOWN = 5
"""Failures a chunk that are kept."""


class Failure(NamedTuple):
    """A broken promise."""

    seed: int
    target: Cell | None
    message: str

    def __str__(self) -> str:
        """Say what is broken and how to see it."""
        where = f" --crash '{'|'.join(self.target)}'" if self.target else ""
        return f"{self.message}\n  replay: cd tests/unit && python -m simulator {self.seed}{where}"


class Report(NamedTuple):
    """What a number of histories have shown."""

    histories: int
    failures: list[Failure]
    coverage: Coverage


def play(seed: int, target: Cell | None, coverage: Coverage) -> Failure | None:
    """Play one history under the instruments that are installed."""
    history = History(seed, target)
    try:
        history.run()
    except Violation as violation:
        return Failure(seed, target, str(violation))
    finally:
        coverage.add(seed, history.faults.reached, history.faults.crashed)
    return None


def play_all(seeds: range) -> Report:
    """Play these seeds in this process."""
    coverage = Coverage()
    failures: list[Failure] = []
    with installed():
        for seed in seeds:
            failure = play(seed, None, coverage)
            if failure is not None and len(failures) < SHOWN:
                failures.append(failure)
    return Report(len(seeds), failures, coverage)


def campaign(histories: int, first: int = 0) -> Report:
    """Play so many histories, then crash once more at every point that no crash has hit."""
    seeds = range(first, first + histories)
    chunks = [seeds[i : i + CHUNK] for i in range(0, histories, CHUNK)]
    coverage = Coverage()
    failures: list[Failure] = []
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), processes) as pool:
        for report in pool.map(play_all, chunks):
            failures += report.failures
            coverage.merge(report.coverage)
    failures += _aim_at_what_was_missed(coverage)
    return Report(histories, failures, coverage)


def _aim_at_what_was_missed(coverage: Coverage) -> list[Failure]:
    """A seed's history is the same until the crash, so the crash can be placed where it passes."""
    failures = []
    with installed():
        for cell, seed in coverage.missed.items():
            failure = play(seed, cell, coverage)
            if failure is not None:
                failures.append(failure)
    return failures


def catch(mutant: str, histories: int) -> Failure | None:
    """Play until a history catches the mutant, which the real one survives; None if none does."""
    for seed in range(histories):
        with broken(mutant):
            failure = play(seed, None, Coverage())
        if failure is not None and not play_all(range(seed, seed + 1)).failures:
            return failure
    return None


def broken(mutant: str) -> AbstractContextManager[None]:
    """Install a mutant by its name."""
    if mutant in RECONCILERS:
        return installed(reconcile=RECONCILERS[mutant])
    return installed(executor_class=EXECUTORS[mutant])
