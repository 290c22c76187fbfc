"""The table: victim × stage, what happens in each cell, and why some cannot happen."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from faults import early, late
from faults.home import FaultHome
from longboat.api import Job

VICTIMS = (
    *("submitter", "steward", "supervisor", "keeper", "leader", "worker", "chief"),
    *("predictor parent", "predictor child"),
)
STAGES = ("at submit", "queued", "starting", "running", "finishing", "registering", "deploying")
DEPLOYING = ("submitter", "steward", "predictor parent", "predictor child")
"""Victims of the last stage: test_services.py."""


class Cell(NamedTuple):
    """One kill of a job's people."""

    victim: str
    stage: str
    act: Callable[[FaultHome, Path], Job]
    state: str = "succeeded"
    reason: str = ""
    models: int = 0

    @property
    def moment(self) -> str:
        """What the function's name says."""
        return self.act.__name__


LOST = ("failed", "supervisor-lost")
KILLED = ("failed", "killed")

CELLS = (
    Cell("submitter", "at submit", early.submitter_unsaved),
    Cell("submitter", "at submit", early.submitter_untold),
    Cell("submitter", "queued", early.submitter_queued),
    Cell("submitter", "starting", early.submitter_starting),
    Cell("submitter", "running", late.submitter_running),
    Cell("submitter", "finishing", late.submitter_finishing),
    Cell("submitter", "registering", late.submitter_registering, models=1),
    Cell("steward", "at submit", early.steward_rung),
    Cell("steward", "queued", early.steward_queued),
    Cell("steward", "starting", early.steward_unrecorded),
    Cell("steward", "starting", early.steward_starting),
    Cell("steward", "running", late.steward_running),
    Cell("steward", "finishing", late.steward_finishing),
    Cell("steward", "finishing", late.steward_concluding),
    Cell("steward", "registering", late.steward_registering, models=1),
    Cell("steward", "registering", late.steward_registered, models=1),
    Cell("supervisor", "queued", early.supervisor_unrecorded, *LOST),
    Cell("supervisor", "starting", early.supervisor_starting, *LOST),
    Cell("supervisor", "running", late.supervisor_running, *LOST),
    Cell("supervisor", "running", late.supervisor_retried),
    Cell("supervisor", "running", late.supervisor_and_steward_running, *LOST),
    Cell("supervisor", "finishing", late.supervisor_finishing),
    Cell("keeper", "starting", early.keeper_starting, *KILLED),
    Cell("keeper", "running", late.keeper_running, *KILLED),
    Cell("keeper", "running", late.supervisor_and_keepers_running, *LOST),
    Cell("keeper", "finishing", late.keeper_finishing),
    Cell("leader", "starting", early.leader_starting, *KILLED),
    Cell("leader", "running", late.leader_running, *KILLED),
    Cell("leader", "finishing", late.leader_finishing),
    Cell("worker", "starting", early.worker_starting, *KILLED),
    Cell("worker", "running", late.worker_running, *KILLED),
    Cell("worker", "finishing", late.worker_finishing),
    Cell("chief", "starting", early.chief_starting, *KILLED),
    Cell("chief", "running", late.chief_running, *KILLED),
    Cell("chief", "finishing", late.chief_finishing),
)

_NO_ATTEMPT = "no attempt exists before the job has been given its resources"
_ALL_GONE = "a model is registered only once no process of the attempt is left"
_NO_SERVICE = "a job's processes have no part in serving"
_NO_JOB = "it has no part in jobs"


def not_applicable() -> dict[tuple[str, str], str]:
    """Give the cells that cannot happen, each with its reason."""
    found = {("supervisor", "at submit"): _NO_ATTEMPT}
    for victim in ("keeper", "leader", "worker", "chief"):
        found |= {(victim, stage): _NO_ATTEMPT for stage in ("at submit", "queued")}
    for victim in ("supervisor", "keeper", "leader", "worker", "chief"):
        found |= {(victim, "registering"): _ALL_GONE, (victim, "deploying"): _NO_SERVICE}
    for victim in ("predictor parent", "predictor child"):
        found |= {(victim, stage): _NO_JOB for stage in STAGES if stage != "deploying"}
    return found


def lines(hits: Iterable[tuple[str, str, str, str]], width: int) -> Iterator[str]:
    """Write what was hit, in the table's order, and what cannot be."""
    rows = [*hits, *((*cell, "n/a", why) for cell, why in not_applicable().items())]
    order = {name: place for place, name in enumerate((*VICTIMS, *STAGES))}
    for victim, stage, moment, outcome in sorted(
        rows, key=lambda row: (order.get(row[0], 99), order.get(row[1], 99))
    ):
        head = f"{victim} × {stage}"
        shown = textwrap.shorten(f"{moment}: {outcome}", width - 32, placeholder=" …")
        yield f"{head:<31} {shown}"
