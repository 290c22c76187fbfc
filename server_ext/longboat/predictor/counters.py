"""Counters in memory that a child shares with its parent, so that its death loses none.

Each child writes a block of its own (no lock is needed); the parent adds up what it has kept and
what the live children show.
"""

from __future__ import annotations

import math
import mmap
import os

from longboat.predictor.control import Stats

STARTED, FINISHED, CLIENT_ERRORS, SERVER_ERRORS, MICROSECONDS, FIRST_BUCKET = range(6)
STEPS = 8
"""Buckets an octave: neighbours differ by 9 %, so a quantile is right to about 5 %."""
BUCKETS = 27 * STEPS
"""From 1 microsecond to 2 minutes."""
SIZE = 8 * (FIRST_BUCKET + BUCKETS)


def create_block() -> int:
    """Make a zeroed block; gives its file descriptor, to be handed to one child."""
    descriptor = os.memfd_create("longboat-counters")
    os.truncate(descriptor, SIZE)
    return descriptor


class Counters:
    """One child's block, seen from either side."""

    def __init__(self, descriptor: int) -> None:
        self._block = memoryview(mmap.mmap(descriptor, SIZE)).cast("Q")

    def begin(self) -> None:
        """Count a prediction that was asked for."""
        self._block[STARTED] += 1

    def end(self, status: int, seconds: float) -> None:
        """Count the answer to one that ``begin`` counted."""
        block = self._block
        block[FINISHED] += 1
        if status >= 500:
            block[SERVER_ERRORS] += 1
        elif status >= 400:
            block[CLIENT_ERRORS] += 1
        else:
            block[MICROSECONDS] += int(seconds * 1e6)
            block[FIRST_BUCKET + bucket_of(seconds)] += 1

    def totals(self, *, dead: bool) -> Stats:
        """Read the block; of a dead child, what it was at work on counts as lost."""
        block = self._block
        lost = block[STARTED] - block[FINISHED] if dead else 0
        return Stats(
            requests=block[FINISHED] + lost,
            client_errors=block[CLIENT_ERRORS],
            server_errors=block[SERVER_ERRORS] + lost,
            latency_sum=block[MICROSECONDS] / 1e6,
            buckets={
                index: block[FIRST_BUCKET + index]
                for index in range(BUCKETS)
                if block[FIRST_BUCKET + index]
            },
        )


def merge(one: Stats, other: Stats) -> Stats:
    """Add two counts up."""
    buckets = dict(one.buckets)
    for index, count in other.buckets.items():
        buckets[index] = buckets.get(index, 0) + count
    return Stats(
        requests=one.requests + other.requests,
        client_errors=one.client_errors + other.client_errors,
        server_errors=one.server_errors + other.server_errors,
        latency_sum=one.latency_sum + other.latency_sum,
        p50=quantile(buckets, 0.50),
        p99=quantile(buckets, 0.99),
        buckets=buckets,
    )


def bucket_of(seconds: float) -> int:
    """Find the bucket of a latency."""
    return min(BUCKETS - 1, int(math.log2(max(1.0, seconds * 1e6)) * STEPS))


def quantile(buckets: dict[int, int], fraction: float) -> float | None:
    """Estimate a quantile in milliseconds; None when nothing was measured."""
    wanted = fraction * sum(buckets.values())
    seen = 0
    for index in sorted(buckets):
        seen += buckets[index]
        if seen >= wanted:
            return float(2 ** ((index + 0.5) / STEPS)) / 1000
    return None
