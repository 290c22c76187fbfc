"""What is told of an error that ended a run."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from longboat.guest.failure import CodeFailed, Place
from longboat.guest.final import gist, judge

GRAPH = """\
Graph execution error:

Detected at node loss/Softmax defined at (most recent call last):
  File "/usr/lib/python3.11/threading.py", line 1002, in _bootstrap

  File "/lib/keras/nn.py", line 1438, in sparse_categorical_crossentropy

Received a label value of 9 which is outside the valid range of [0, 9).  Label values: 2 9
\t [[{{node loss/Softmax}}]] [Op:__inference_multi_step_on_iterator_1234]"""


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("operands could not be broadcast", "operands could not be broadcast"),
        (
            GRAPH,
            "Received a label value of 9 which is outside the valid range of [0, 9).  "
            "Label values: 2 9",
        ),
        ("Graph execution error:\n\n  File x", "Graph execution error:\n\n  File x"),
        ("", ""),
    ],
)
def test_of_a_graphs_error_what_was_wrong_is_told(message: str, told: str) -> None:
    assert gist(message) == told


def told_of(error: Exception) -> dict[str, object]:
    verdict = judge(CodeFailed(error, Place(1, 2, "")))
    assert verdict.error is not None
    return verdict.error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_the_file_it_happened_to(number: int) -> None:
    told = told_of(OSError(number, os.strerror(number), "/somewhere/model.keras"))
    assert (told["reason"], told["path"]) == ("disk-full", "/somewhere/model.keras")


def test_a_full_disk_that_tensorflow_met_is_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names no file; the folder that has the least space is told, whichever that is."""
    monkeypatch.setenv("LONGBOAT_CHECKPOINT_DIR", str(tmp_path))
    monkeypatch.setenv("LONGBOAT_MODEL_DIR", str(tmp_path / "absent"))
    told = told_of(RuntimeError("/x/variables; No space left on device [Op:SaveV2]"))
    assert told["reason"] == "disk-full"
    assert told["path"] in (str(tmp_path), str(Path.cwd()))
    assert told_of(RuntimeError("no space"))["reason"] == "cell-failed"
