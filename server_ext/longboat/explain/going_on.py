"""From where an attempt goes on, in words."""

from __future__ import annotations

from longboat.explain.words import duration, one_line

FOLDER = "longboat.checkpoint_dir()"


def checkpoint_words(epoch: int | None, path: str) -> str:
    """Name a checkpoint: by its epoch where that is known, else by its newest file."""
    if epoch is not None:
        return f"the checkpoint of epoch {epoch}"
    name = one_line(path.rpartition("/")[2], 80)
    return f"the checkpoint {name}" if name else "its checkpoint"


def will_go_on(attempt: int, epoch: int | None, path: str, age: float) -> str:
    """Say that the next attempt has a checkpoint; ``age`` in seconds."""
    words = checkpoint_words(epoch, path)
    return f"Attempt {attempt} goes on from {words}, written {duration(age)} before."


def will_start_over(attempt: int, *, lost: bool) -> str:
    """Say that it has none, and why: none was written, or it is ``lost``."""
    if lost:
        why = "What it had written as checkpoints is lost with the pod"
        return (
            f"{why}, so attempt {attempt} starts from the beginning; on a shared volume (--volume) "
            "they are kept."
        )
    why = f"No checkpoint had been written to {FOLDER}"
    return f"{why}, so attempt {attempt} starts from the beginning."


def has_begun(attempt: int, epoch: int | None, path: str | None) -> str:
    """Say from where an attempt went on; ``path`` is None when it found no checkpoint."""
    if path is None:
        return f"attempt {attempt} started from the beginning"
    return f"attempt {attempt} went on from {checkpoint_words(epoch, path)}"
