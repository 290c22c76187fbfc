"""A Kubernetes cluster as a place: real controllers, a real kubelet, a volume shared by the pods.

The test reaches the volume, as everybody does, only through a pod that mounts it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from functools import partial
from pathlib import Path

from cluster.client import Cluster, pod_spec, wait_until
from contract.place import start_and_die
from longboat.backends.base import Backend, Launch
from longboat.backends.kubernetes.backend import KubernetesBackend
from longboat.backends.kubernetes.objects.naming import JOB
from longboat.guest.bundle import build
from longboat.records.layout import Home
from longboat.spec.cluster import Engine
from longboat.spec.clusters import clusters_file, read_clusters
from longboat.spec.job import Resources
from longboat.system.processes import table

PAUSE = 0.1
NAME = "test"
CONFIGURATION = """\
[{name}]
kubeconfig = "{kubeconfig}"
namespace = "{namespace}"
image = "{image}"
engine = "{engine}"
volume = "{volume}"
"""


class ClusterPlace:
    """See Place; what it needs of the cluster is made once for all tests (``Ground``)."""

    small = 0.4
    """A tenth of a core would be given to Python in slices, and its start take seconds."""

    def __init__(self, folder: Path, ground: Ground, engine: Engine) -> None:
        self.home = Home(folder)
        self.guest = build(self.home.guests)
        self.capacity = ground.capacity
        self._ground = ground
        path = clusters_file(folder)
        path.write_text(
            CONFIGURATION.format(
                name=NAME,
                kubeconfig=ground.kubeconfig,
                namespace=ground.cluster.namespace,
                image=ground.image,
                engine=engine,
                volume=ground.volume,
            )
        )
        self._make = partial(KubernetesBackend, self.home, read_clusters(path)[NAME])

    def backend(self) -> Backend:
        """See Place."""
        return self._make()

    def start_and_die(self, launch: Launch) -> None:
        """See Place."""
        start_and_die(self._make, launch)

    def now(self) -> float:
        """See Place."""
        return time.monotonic()

    def pause(self) -> None:
        """See Place."""
        time.sleep(PAUSE)

    def open_gate(self, job_id: str, name: str) -> None:
        """See Place."""
        folder = f"/longboat/volume/jobs/{job_id}/checkpoints"
        self._ground.run(f"mkdir -p -m 777 {folder} && touch {folder}/{name}")

    def survivors(self, job_id: str) -> list[str]:
        """See Place."""
        listed = self._ground.cluster.core.list_namespaced_pod(
            self._ground.cluster.namespace, label_selector=f"{JOB}={job_id}"
        )
        return [
            pod.metadata.name
            for pod in listed.items
            if any(status.state.running for status in pod.status.container_statuses or ())
        ]

    def close(self) -> None:
        """See Place."""
        for pid in couriers(self.home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._ground.sweep()


def couriers(home: Home) -> list[int]:
    """The couriers of a home."""
    wanted = (b"longboat.backends.kubernetes.courier", str(home.path).encode())
    return [pid for pid in table() if all(w in _command(pid).split(b"\0") for w in wanted)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class Ground:
    """The namespace, the volume and the pod that mounts it."""

    def __init__(self, cluster: Cluster, kubeconfig: Path, image: str, volume: str) -> None:
        self.cluster = cluster
        self.kubeconfig = kubeconfig
        self.image = image
        self.volume = volume
        self.capacity = self._room()
        self._helper()

    def run(self, command: str) -> None:
        """Run a command, which prints nothing when all is well, in the pod with the volume."""
        self.cluster.execute("volume", ["sh", "-c", command])

    def sweep(self) -> None:
        """Delete the jobs of a test; the next one does not wait until the last pod is gone."""
        for group, version, plural in (
            ("trainer.kubeflow.org", "v1alpha1", "trainjobs"),
            ("kubeflow.org", "v1", "tfjobs"),
            ("trainer.kubeflow.org", "v1alpha1", "trainingruntimes"),
        ):
            self.cluster.custom.delete_collection_namespaced_custom_object(
                group, version, self.cluster.namespace, plural
            )

    def _helper(self) -> None:
        claim = {"claimName": self.volume}
        volumes = [{"name": "volume", "persistentVolumeClaim": claim}]
        spec = pod_spec(self.image, ["sleep", "1000000"], volumes=volumes)
        mounts = [{"name": "volume", "mountPath": "/longboat/volume"}]
        spec["containers"][0]["volumeMounts"] = mounts
        self.cluster.create_pod("volume", spec)
        wait_until(lambda: self.cluster.phase("volume") == "Running", "the volume's pod")

    def _room(self) -> Resources:
        """What the one node can still give, once whatever ran before is gone."""
        wait_until(self._nobody_leaves, "the pods of what ran before to be gone", seconds=120)
        node = next(n for n in self.cluster.core.list_node().items if not n.spec.taints)
        used = 0.0
        for pod in self.cluster.core.list_pod_for_all_namespaces().items:
            if pod.status.phase in ("Pending", "Running"):
                used += sum(_cores(c.resources.requests) for c in pod.spec.containers)
        cpu = _quantity(node.status.allocatable["cpu"]) - used
        memory = int(_quantity(node.status.allocatable["memory"]))
        gpus = int(node.status.allocatable.get("nvidia.com/gpu", 0))
        return Resources(cpu=int(cpu * 10) / 10, memory=memory, gpu=gpus)

    def _nobody_leaves(self) -> bool:
        namespaces = self.cluster.core.list_namespace().items
        pods = self.cluster.core.list_pod_for_all_namespaces().items
        return not any(each.metadata.deletion_timestamp for each in (*namespaces, *pods))


def _cores(requests: dict[str, str] | None) -> float:
    return _quantity((requests or {}).get("cpu", "0"))


def _quantity(text: str) -> float:
    from kubernetes.utils.quantity import parse_quantity

    return float(parse_quantity(text))
