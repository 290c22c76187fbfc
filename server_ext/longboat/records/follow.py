"""Follow a job from wherever it is to its end: its history, its replicas' logs and reports.

The files are looked at again and again, soon after something came and less often while all is
quiet. Being told by the kernel (inotify) would fail on network folders and on what another
container writes, needs watches that can run out, and under a flood costs more than it saves.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import get_args

from longboat.errors import NotFound
from longboat.records import codec
from longboat.records.layout import ReplicaDirectory, RunDirectory
from longboat.records.logs import CHUNK, read, tail_offset
from longboat.records.sources import (
    GuestEvent,
    GuestSource,
    Item,
    JobEvent,
    JobSource,
    Line,
    LogSource,
    Source,
)
from longboat.records.status import FINAL, JobStatus
from longboat.spec.job import Replica, RoleName

__all__ = [
    "Follower",
    "GuestEvent",
    "Item",
    "JobEvent",
    "Line",
    "Position",
    "replica_directories",
    "tail_position",
]

PARTIAL_AFTER = 1.0
"""Seconds after which an unfinished line (a prompt, a bar) is shown as it is."""
SOONEST, LATEST = 0.02, 0.25
"""Seconds between two looks: a twentieth of the time since something came, within these."""

Position = Mapping[str, int]
"""A file's path in the run directory → the offset up to which it has been handed out."""

_REPLICA = re.compile(rf"({'|'.join(get_args(RoleName))})-(0|[1-9][0-9]*)")


class Follower:
    """Hands out what happens to a job, each thing once, in the order of time as far as it is known.

    Starts from the beginning, or from the ``position`` of an earlier follower, anywhere and in any
    process: nothing is left out and nothing comes twice. ``ended`` becomes true when the job (or
    the one ``attempt`` asked for) has ended and everything was handed out; the end state comes
    last. Memory does not grow with the logs.
    """

    def __init__(
        self,
        run: RunDirectory,
        *,
        replicas: Collection[Replica] | None = None,
        attempt: int | None = None,
        position: Position | None = None,
        partial_after: float = PARTIAL_AFTER,
    ) -> None:
        """Raises NotFound when there is no such run directory."""
        self._run = run
        self._replicas = replicas
        self._attempt = attempt
        self._start = dict(position or {})
        self._partial_after = partial_after
        self._sources: dict[str, tuple[int | None, Source]] = {}
        self._current: Source | None = None
        self._status = JobStatus()
        self._status_data = b""
        self.ended = False
        if not run.path.is_dir():
            raise NotFound(f"There is no run directory {run.path}.")
        events = self._start.get(run.events.name, 0)
        self._job = JobSource(run.events, events, attempt)

    def position(self) -> dict[str, int]:
        """Tell what has been handed out, as JSON can hold it."""
        taken = {name: source.offset for name, (_, source) in self._sources.items()}
        return {**self._start, **taken, self._run.events.name: self._job.offset}

    def poll(self, limit: int = 1000) -> list[Item]:
        """Hand out what there is now, at most ``limit`` items, without waiting.

        Raises NotFound when the job has been removed, Broken when its status is damaged.
        """
        return list(islice(self._available(), limit))

    def items(self, timeout: float | None = None) -> Iterator[Item]:
        """Hand out what comes; ends with the job, or when nothing came for ``timeout`` seconds."""
        last = time.monotonic()
        while not self.ended:
            for item in self._available():
                yield item
                last = time.monotonic()
            quiet = time.monotonic() - last
            if self.ended or (timeout is not None and quiet >= timeout):
                return
            pause = min(LATEST, max(SOONEST, quiet / 20))
            time.sleep(pause if timeout is None else min(pause, timeout - quiet))

    def __iter__(self) -> Iterator[Item]:
        return self.items()

    def _available(self) -> Iterator[Item]:
        # The status is read before the files: what is final then can be read to its end now.
        self._read_status()
        self._discover()
        busy = [*self._sources.values(), (self._attempt, self._job)]
        while (source := self._pick(busy)) is not None:
            item = source.take()
            if item is not None:
                yield item
        self.ended = self._is_closed(self._attempt)

    def _pick(self, busy: list[tuple[int | None, Source]]) -> Source | None:
        """Choose the source whose next item is the oldest; one without is no longer ``busy``."""
        if self._current is not None and self._current.at_once:
            return self._current
        now = time.monotonic()
        times: list[tuple[float, Source]] = []
        for attempt, source in busy[:]:
            when = source.look(now, self._is_closed(attempt))
            if when is None:
                busy.remove((attempt, source))
            else:
                times.append((when, source))
        self._current = min(times, key=itemgetter(0))[1] if times else None
        return self._current

    def _is_closed(self, attempt: int | None) -> bool:
        """Nothing more is written by the attempt (None: by the job)."""
        if self._status.state in FINAL:
            return True
        return attempt is not None and self._status.attempt > attempt

    def _read_status(self) -> None:
        path = self._run.status
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            if not self._run.path.is_dir():
                raise NotFound(f"Job {self._run.id} has been removed.") from None
            return
        if data != self._status_data:
            self._status = codec.decode(data, JobStatus, path)
            self._status_data = data

    def _discover(self) -> None:
        for number, replica, directory in replica_directories(self._run):
            if self._replicas is not None and replica not in self._replicas:
                continue
            if self._attempt is None or self._attempt == number:
                self._add(number, replica, directory)

    def _add(self, attempt: int, replica: Replica, directory: ReplicaDirectory) -> None:
        log, events = self._name(directory.log), self._name(directory.events)
        if log in self._sources:
            return
        at = self._start.get
        self._sources[log] = (
            attempt,
            LogSource(attempt, replica, directory, at(log, 0), self._partial_after),
        )
        self._sources[events] = (
            attempt,
            GuestSource(attempt, replica, directory.events, at(events, 0)),
        )

    def _name(self, path: Path) -> str:
        return path.relative_to(self._run.path).as_posix()


def tail_position(run: RunDirectory, lines: int) -> dict[str, int]:
    """Make the position from which a follower sees the last ``lines`` lines of each replica.

    Of earlier attempts, and of what replicas reported, nothing is seen again; the job's own history
    is.
    """
    position: dict[str, int] = {}
    found = list(replica_directories(run))
    last = max((number for number, _, _ in found), default=0)
    for number, _, directory in found:
        wanted = lines if number == last else 0
        log, events = (
            p.relative_to(run.path).as_posix() for p in (directory.log, directory.events)
        )
        position[log] = tail_offset(directory.log, wanted)
        position[events] = _whole_end(directory.events)
    return position


def _whole_end(path: Path) -> int:
    """Find the end of the last whole line."""
    try:
        start = max(0, path.stat().st_size - CHUNK)
    except FileNotFoundError:
        return 0
    return start + read(path, start).rfind(b"\n") + 1


def replica_directories(run: RunDirectory) -> Iterator[tuple[int, Replica, ReplicaDirectory]]:
    """List the folders of all replicas of all attempts, as far as they exist."""
    for attempt in _folders(run.path / "attempts"):
        if attempt.name.isdecimal():
            for folder in _folders(attempt):
                if named := _REPLICA.fullmatch(folder.name):
                    role: RoleName = named[1]  # type: ignore[assignment]  # by _REPLICA
                    yield int(attempt.name), Replica(role, int(named[2])), ReplicaDirectory(folder)


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(entry for entry in parent.iterdir() if entry.is_dir())
    except FileNotFoundError:
        return []
