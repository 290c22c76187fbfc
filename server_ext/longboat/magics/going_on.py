"""A cell that was interrupted while it watched a job, run again: it watches that job on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from longboat.cli.link import client
from longboat.cli.main import run
from longboat.cli.outcome import left_alone
from longboat.cli.output import say
from longboat.errors import LongboatError
from longboat.magics.defaults import parsed
from longboat.records.status import FINAL

if TYPE_CHECKING:
    from longboat.api import Job

_STARTING = ("submit", "again")

Key = tuple[str | None, tuple[str, ...]]
"""The cell's id, and what stands in it."""


class GoingOn:
    """Which cells left a job to itself, in this kernel.

    Who stops watching has not asked for a second job. One is submitted when the words in the cell
    or the snapshot are others, and when the first has ended.
    """

    def __init__(self) -> None:
        self._left: dict[Key, str] = {}

    def run(self, key: Key, words: list[str]) -> int:
        """Do what ``words`` say, or watch on what they have started; gives the exit code."""
        job = self._of(key) if words[:1] and words[0] in _STARTING else None
        if job is not None and (words[0] == "again" or _is_same(job, words)):
            stop = f"%longboat stop {job.id}"
            say(f"Job {job.id} ({job.name}) goes on, and is watched again. To have another: {stop}")
            words = ["logs", job.id, "--follow"]
        elif job is not None:
            say(f"Job {job.id} ({job.name}) goes on beside: what it runs has changed since.")
        token = left_alone.set(lambda left: self._left.update({key: left.id}))
        try:
            return run(words)
        finally:
            left_alone.reset(token)

    def _of(self, key: Key) -> Job | None:
        """The job that this cell left, if it has not ended."""
        known = self._left.pop(key, None)
        try:
            job = client().job(known) if known is not None else None
            return job if job is not None and job.status.state not in FINAL else None
        except LongboatError:  # it was removed
            return None


def _is_same(job: Job, words: Sequence[str]) -> bool:
    """Whether a submit would run what the job runs."""
    asked = parsed(list(words[1:]))
    try:
        travels = client().travels(asked["entry"], list(asked.get("files") or ()))
    except (LongboatError, OSError):  # the submit will say so
        return False
    return travels.address == job.record.snapshot
