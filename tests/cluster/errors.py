"""What goes wrong while the cluster is brought up, each a sentence for whoever called make."""

from __future__ import annotations

import time
from collections.abc import Callable


class ClusterError(Exception):
    """The cluster cannot be brought up or down; the message says why and what to do."""


def wait_for(what: str, condition: Callable[[], bool], *, seconds: float, where: str) -> None:
    """Poll until ``condition`` holds; raise ClusterError naming ``what`` and ``where`` to look."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ClusterError(f"{what} within {seconds:.0f} s. See {where}.")
        time.sleep(0.2)
