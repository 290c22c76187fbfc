"""What to ask for otherwise: by what a job of this name needed, and by what it will lose."""

from __future__ import annotations

from collections.abc import Iterable

from longboat.explain.words import enough_memory, more_memory
from longboat.records.index import Entry
from longboat.records.status import FINAL, JobStatus
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec
from longboat.spec.quantities import format_memory

CHECKPOINT_DIR = "checkpoint_dir"
"""What code says that asks for the folder that is kept over attempts."""
SEARCHED = 10
"""Jobs of the name, the newest first, among which the last one is looked for that was measured."""
NEARLY = 0.9
"""Of the limit: who needed more last time may be ended next time."""
FAR_OFF = 2.0
"""Times what was needed; below that, asking for less gains little and risks much."""
WORTH_SAYING = 512 << 20
"""Bytes that would be given to other jobs."""


def memory_advice(asked: int, earlier: Iterable[Entry], *, by_default: bool) -> str | None:
    """Say in a sentence what to ask for instead; None when what is asked for is about right.

    ``asked`` is in bytes for each replica, ``by_default`` when nobody has asked for it: that it is
    too much is then nobody's mistake. ``earlier``: jobs of the same name, the newest first.
    """
    real = (entry for entry in earlier if not entry.record.spec.rehearse)
    last = next((entry for entry in real if _tells(entry.status)), None)
    if last is None:
        return None
    limit, needed = last.record.spec.resources.memory, _needed(last.status)
    if _lacked(last.status) or needed >= NEARLY * limit:
        return _ask_for_more(asked, max(limit, needed), last.status) if asked <= limit else None
    wasted = asked - needed >= WORTH_SAYING and asked >= FAR_OFF * needed
    if by_default or not wasted or last.status.state != "succeeded":
        return None
    return (
        f"Last time it needed at most {format_memory(needed)}; you ask for {format_memory(asked)}. "
        f"--memory {enough_memory(needed)} leaves more to other jobs."
    )


def checkpoint_advice(spec: JobSpec, cluster: ClusterConfig) -> str | None:
    """Say that checkpoints go with their pod, where no volume keeps them; None where one does."""
    if spec.volume or cluster.volume:
        return None
    return (
        f"On {spec.backend} checkpoints are lost with the pod that wrote them: an attempt that is "
        "evicted or fails starts over. Name a shared volume with --volume, or in clusters.toml."
    )


def _ask_for_more(asked: int, most: int, last: JobStatus) -> str:
    if _lacked(last):
        was = "Last time it was ended for want of memory"
    else:
        was = f"Last time it needed {format_memory(_needed(last))}, nearly all it had"
    return f"{was}; now it has {format_memory(asked)}. Ask for more: --memory {more_memory(most)}"


def _tells(status: JobStatus) -> bool:
    return status.state in FINAL and (_needed(status) > 0 or _lacked(status))


def _needed(status: JobStatus) -> int:
    """The most that any replica of the last attempt has used, in bytes; 0 where nobody knows."""
    return max((replica.memory_peak or 0 for replica in status.replicas), default=0)


def _lacked(status: JobStatus) -> bool:
    return status.reason == "out-of-memory"
