"""A million lines from one pod: all are here, or what is missing is told with its size."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.client import wait_until
from cluster.homes import ENGINES
from longboat.api import Client, Job
from soak.conftest import Tell

pytestmark = pytest.mark.timeout(3600)
SCRIPT = """\
import sys, time
import longboat
params = longboat.params(lines=1, seconds=0.0)
began = time.monotonic()
for first in range(0, params.lines, 1000):
    numbers = range(first, min(first + 1000, params.lines))
    sys.stdout.write("".join(f"line {number:09d} of a log as it may be\\n" for number in numbers))
    sys.stdout.flush()
    ahead = params.seconds * first / params.lines - (time.monotonic() - began)
    if ahead > 0:
        time.sleep(ahead)
longboat.report(seconds=time.monotonic() - began)
"""
LINE = re.compile(rb"line (\d{9}) of a log as it may be\n")
GAP = re.compile(
    rb"(?:(?<! be)\n)?\[longboat: ([\d,]+) bytes of this log .*?were lost on the way\]\n"
)
"""Where a line was cut off there, with the newline that was added to it."""


@pytest.mark.parametrize("seconds", [0, 60], ids=["at-once", "through-rotations"])
def test_a_million_lines(
    client: Client, tmp_path: Path, amount: Callable[[str], int], tell: Tell, seconds: float
) -> None:
    """As fast as the pod can, and so slowly that the kubelet rotates the log meanwhile."""
    lines = amount("LINES")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    job = client.submit(
        script,
        backend=ENGINES[0],
        cpu=0.5,
        memory="256M",
        parameters={"lines": lines, "seconds": float(seconds)},
    )
    wait_until(lambda: job.status.state == "running", "the job runs")
    began = time.monotonic()
    status = job.wait(timeout=1800)
    took = time.monotonic() - began
    assert status.state == "succeeded", status
    received, lost = account(job, lines)
    tell(
        f"{lines:,} lines in {took:.1f} s, {lines / took:,.0f} lines/s (printed within "
        f"{job.metrics()['seconds']:.1f} s): {received:,} received, {lost:,} bytes told as lost"
    )


def account(job: Job, lines: int) -> tuple[int, int]:
    """Count lines received and bytes told as lost; together they must be all that was printed."""
    log = (job.directory / "attempts/1/worker-0/log").read_bytes()
    lost = sum(int(found[1].replace(b",", b"")) for found in GAP.finditer(log))
    numbers = [int(found[1]) for found in LINE.finditer(log)]
    assert numbers == sorted(set(numbers)), "lines came twice, or out of order"
    length = len(b"line 000000000 of a log as it may be\n")
    kept = len(GAP.sub(b"", log))
    assert kept + lost == lines * length, f"{kept} bytes, {lost} told as lost"
    if not lost:
        assert len(numbers) == lines
    return len(numbers), lost
