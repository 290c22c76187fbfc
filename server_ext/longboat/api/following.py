"""A job followed to its end: as items, as lines in a terminal, as a card below a cell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from longboat.records.follow import Follower, tail_position
from longboat.records.status import FINAL

if TYPE_CHECKING:
    from longboat.api.job import Job
    from longboat.engine import Engine
    from longboat.records.layout import RunDirectory
    from longboat.records.sources import Item
    from longboat.views.cells.live import LiveCard, Look

REVIVE_INTERVAL = 2.0
"""Seconds of silence before a follower sees whether a steward is there."""


def events(
    engine: Engine, job: Job, replica: str | None, attempt: int | None, tail: int | None
) -> Iterator[Item]:
    """See ``Job.events``. Raises BadInput, NotFound."""
    run = engine.home.run(job.id)
    position = None if tail is None else tail_position(run, tail)
    chosen = job.replicas(replica)
    return _watched(engine, Follower(run, replicas=chosen, attempt=attempt, position=position))


def _watched(engine: Engine, followed: Follower) -> Iterator[Item]:
    """Follow, and look after the steward while all is quiet: it may have been killed."""
    while not followed.ended:
        engine.revive()
        yield from followed.items(timeout=REVIVE_INTERVAL)


def follow(
    engine: Engine, job: Job, replica: str | None, attempt: int | None, tail: int | None
) -> None:
    """Show what happens where one is. See ``Job.follow``."""
    from longboat.views.cells.place import in_cell

    if in_cell():
        _in_cell(engine, job, replica, attempt, tail)
        return
    from longboat.views.watching import watch

    watch(
        events(engine, job, replica, attempt, tail), job.replicas(replica), job.record.spec.leader
    )


def _in_cell(
    engine: Engine, job: Job, replica: str | None, attempt: int | None, tail: int | None
) -> None:
    """Draw the job's card until it has ended; interrupted, say in it that the job goes on."""
    from longboat.views.cells.live import LiveCard, lines_shown

    lines = lines_shown(tail)
    chosen, run = job.replicas(replica), engine.home.run(job.id)
    followed = Follower(run, replicas=chosen, attempt=attempt, position=_logs_end(run, lines))
    card = LiveCard(chosen, job.record.spec.leader, lambda: _look(job), lines)
    try:
        while not followed.ended:
            _take(engine, followed, card)
            card.draw()
    except KeyboardInterrupt:
        if job.status.state not in FINAL:
            card.leave(
                "The job goes on. Run this cell again to watch it, or "
                f"%longboat logs {job.id} --follow."
            )
        raise


def _logs_end(run: RunDirectory, lines: int) -> dict[str, int]:
    """Where the last lines begin; reports are read from their beginning, for whole curves."""
    ends = tail_position(run, lines)
    return {path: offset for path, offset in ends.items() if path.endswith("/log")}


def _look(job: Job) -> Look:
    from longboat.views.cells.live import Look

    failed = job.failed_cell()
    if failed is None:
        return Look(job.to_dict())
    return Look(job.to_dict(), (failed.words, failed.source, failed.line))


def _take(engine: Engine, followed: Follower, card: LiveCard) -> None:
    """Take what comes until it is time to draw."""
    from longboat.views.cells.live import EVERY

    until = time.monotonic() + EVERY
    engine.revive()
    for item in followed.items(timeout=EVERY):
        card.take(item)
        if time.monotonic() >= until:
            return
