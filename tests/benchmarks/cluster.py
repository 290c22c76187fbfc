"""A cluster's figures: how soon it has a job, and how soon a line of a pod is seen here."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from benchmarks.cluster_place import NONE, Place, cluster_place, kubeconfig, kubectl
from benchmarks.measure import Figure, percentile
from cluster.client import wait_until
from cluster.homes import ENGINES
from longboat.api import Job
from longboat.backends.kubernetes.facts import ClusterFacts, read_facts
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.errors import Broken
from longboat.records.sources import Line

SUBMITS = 30
LINES = 600
ENDLESS = "import time\ntime.sleep(3600)\n"
PRINTING = f"""\
import random, time
for _ in range({LINES}):
    print(time.time(), flush=True)
    time.sleep(random.expovariate(20))
"""
"""As lines come in life: at any moment, alone and in bursts."""
SMALL = {"cpu": 0.1, "memory": "64M"}


def figures() -> Iterator[Figure]:
    """Measure each, where there is a cluster."""
    path = kubeconfig()
    if path is None:
        print(NONE)
        return
    with cluster_place(path) as place:
        for engine in ENGINES:
            yield from _submits(place, engine)
        yield from _lines(place)


# --- a submit


class Submit(NamedTuple):
    """Moments of one submit, in seconds since it was called."""

    returned: float
    begun: float
    """The steward has written down what the objects will be called."""
    accepted: float
    """The API server has all of them, and the job is let go."""


def _submits(place: Place, engine: str) -> Iterator[Figure]:
    """One at a time, as a person submits: the one before has ended."""
    script = place.work / "endless.py"
    script.write_text(ENDLESS)
    _submit(place, script, engine)  # the steward and the courier are warm then
    found = [_submit(place, script, engine) for _ in range(SUBMITS)]
    accepted = [each.accepted for each in found]
    middle = {
        "submit itself": statistics.median(each.returned for each in found),
        "until the steward begins": statistics.median(e.begun - e.returned for e in found),
        "sending": statistics.median(e.accepted - e.begun for e in found),
    }
    told = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in middle.items())
    what = f"submit → accepted by the API server, {engine}"
    yield Figure(f"{what}, p50 of {SUBMITS}", statistics.median(accepted), 0.050, note=told)
    yield Figure(f"{what}, p99", percentile(accepted, 0.99), 0.050)


def _submit(place: Place, script: Path, engine: str) -> Submit:
    began = time.perf_counter()
    job = place.client.submit(script, backend=engine, **SMALL)
    returned = time.perf_counter()
    begun = _wait_for(job, lambda facts: True)
    accepted = _wait_for(job, lambda facts: facts.accepted)
    job.stop()
    job.wait(timeout=60)
    wait_until(lambda: job.status.settled, "the end of the job on the cluster")
    return Submit(returned - began, begun - began, accepted - began)


def _wait_for(job: Job, condition: Callable[[ClusterFacts], bool]) -> float:
    path = job.directory / "attempts/1/cluster.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            facts = read_facts(path)
        except Broken:
            facts = None
        if facts is not None and condition(facts):
            return time.perf_counter()
        time.sleep(0.0005)
    raise TimeoutError(f"{job} was not accepted: {job.status}")


# --- a line


def _lines(place: Place) -> Iterator[Figure]:
    """The same lines as they come to a follower of the run directory and out of kubectl."""
    script = place.work / "printing.py"
    script.write_text(PRINTING)
    job = place.client.submit(script, backend=ENGINES[0], **SMALL)
    wait_until(lambda: job.status.state == "running", "the job runs")
    theirs: list[float] = []
    beside = Thread(target=_kubectl_logs, args=(place, job, theirs))
    beside.start()
    ours = [time.time() - float(item.data) for item in job.events() if isinstance(item, Line)]
    beside.join()
    assert (len(ours), len(theirs)) == (LINES, LINES), "lines were lost"
    # What was printed before both were there says nothing.
    ours, theirs = ours[LINES // 4 :], theirs[LINES // 4 :]
    for name, share, goal in (("p50", 0.5, None), ("p99", 0.99, 0.250)):
        yield Figure(
            f"a pod's line → a follower of the run directory, {name} of {len(ours)}",
            percentile(ours, share),
            goal,
            "kubectl logs -f",
            percentile(theirs, share),
        )


def _kubectl_logs(place: Place, job: Job, into: list[float]) -> None:
    command = kubectl(place, "logs", "--follow", f"--selector={JOB}={job.id}")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            # The carrier's records are lines of the pod's, too.
            text = line.rpartition(b"\x1e")[0] if b"\x1e" in line else line
            if text.strip():
                into.append(time.time() - float(text))
