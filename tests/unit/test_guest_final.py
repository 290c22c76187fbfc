"""What is told of an error that ended a run."""

from __future__ import annotations

import pytest

from longboat.guest.final import gist

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
