"""A model that says how much ink each column of 8 × 8 pixels has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MAKE = """\
import sys
import tensorflow as tf

model = tf.Module()
step = int(sys.argv[2])
columns = lambda x: {"columns": tf.reduce_mean(x[:, :, ::step], [1, 3])}
spec = tf.TensorSpec([None, 8, 8, 1], tf.float32, "image")
tf.saved_model.save(model, sys.argv[1], tf.function(columns).get_concrete_function(spec))
"""


def save_columns(folder: Path, *, mirrored: bool = False) -> Path:
    """Save it, and give the folder; ``mirrored`` counts the columns from the other side."""
    command = [sys.executable, "-c", MAKE, str(folder), "-1" if mirrored else "1"]
    subprocess.run(command, check=True, capture_output=True)
    return folder
