"""A home whose jobs run on the cluster under test, so that their moments can be seen."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.client import Cluster, pod_spec, wait_until
from cluster.homes import write_clusters
from faults.home import FaultHome
from faults.invariants import job_ended
from faults.watching import command, processes, until
from longboat.api import Job
from longboat.backends.kubernetes.facts import ClusterFacts, read_facts
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.records.status import JobStatus

SECONDS = 90.0
"""For a job to end: longer than a courier needs to insist."""
RESULT = 1 << 20
"""Bytes, which no packing makes less."""
SCRIPT = f"""\
import os, pathlib, shutil, time
import longboat
given = longboat.params(saved="")
assert os.environ["FAULT_SECRET"] == "hush"
print("here", flush=True)
while not pathlib.Path("/tmp/go").exists():
    time.sleep(0.02)
for number in range(1000):
    print(f"line {{number:04d}}", flush=True)
if given.saved:
    shutil.copytree(given.saved, longboat.model_dir(), dirs_exist_ok=True)
pathlib.Path("result.bin").write_bytes(os.urandom({RESULT}))
longboat.report(done=1)
"""
WHOLE = "here\n" + "".join(f"line {number:04d}\n" for number in range(1000))


class ClusterHome(FaultHome):
    """See FaultHome; its gates are files in the pods."""

    def __init__(
        self,
        folder: Path,
        environment: pytest.MonkeyPatch,
        cluster: Cluster,
        kubeconfig: Path,
        image: str,
    ) -> None:
        write_clusters(folder / "home", cluster, kubeconfig, image)
        super().__init__(folder, environment)
        self.entry.write_text(SCRIPT)
        self.on = ""
        """The engine that runs what is submitted."""
        self._cluster = cluster

    # --- making things happen

    def submit(self, **asked: Any) -> Job:
        """See FaultHome."""
        return super().submit(backend=self.on, memory="128M", **asked)

    def take_model_along(self, saved: Path) -> dict[str, Any]:
        """Lay a model beside the script; gives what to ask for, so that the job leaves it."""
        shutil.copytree(saved, self.entry.parent / "saved")
        return {"parameters": {"saved": "saved"}, "model": "twice"}

    def open_gate(self, job: Job, *replicas: str) -> None:
        """Let the replica go on, once it has said that it is there."""
        self.runs(job)
        (pod,) = self._cluster.pods(f"{JOB}={job.id}")
        self._cluster.execute(pod, ["touch", "/tmp/go"])

    @contextlib.contextmanager
    def holding_gpus(self) -> Iterator[None]:
        """Have a pod use both GPUs of the node, so that a job that asks for them waits."""
        name = f"holds-{self.folder.name}".replace("_", "-").lower()
        spec = pod_spec("none", ["true"], resources={"limits": {"nvidia.com/gpu": "2"}})
        self._cluster.create_pod(name, spec)
        bound = self._cluster.core.read_namespaced_pod
        wait_until(lambda: bound(name, self._cluster.namespace).spec.node_name, "the pod's node")
        try:
            yield
        finally:
            self._cluster.core.delete_namespaced_pod(
                name, self._cluster.namespace, grace_period_seconds=0
            )

    # --- seeing

    def runs(self, job: Job, *replicas: str) -> None:
        """Wait until the script has said that it is there, and the job is running."""
        until(lambda: self.log(job), lambda: f"the script runs {self.describe()}")
        self.reaches(job, "running")

    def log(self, job: Job) -> str:
        """What has come of the leader's log."""
        log = self.attempt(job).replica(self.leader(job)).log
        return log.read_text() if log.exists() else ""

    def result(self, job: Job) -> Path:
        """What the script has left."""
        return self.attempt(job).replica(self.leader(job)).work / "result.bin"

    def told(self, job: Job) -> ClusterFacts:
        """What the courier has written."""
        facts = read_facts(self.attempt(job).cluster)
        assert facts is not None
        return facts

    def courier(self) -> int:
        """The pid of the courier."""

        def found() -> int | None:
            rows = processes(str(self.home.path))
            mine = [row.pid for row in rows if "kubernetes.courier" in command(row.pid)]
            return mine[0] if mine else None

        pid: int = until(found, lambda: f"there is a courier {self.describe()}")
        return pid

    def ended(self, job: Job, state: str, reason: str, models: int = 0) -> JobStatus:
        """Demand what must hold wherever jobs run, and that nothing is left on the cluster."""
        status = job_ended(self, job, state, reason, models, seconds=SECONDS)
        left = self._cluster.objects
        wait_until(lambda: not left(f"{JOB}={job.id}"), "nothing of it is left on the cluster")
        return status
