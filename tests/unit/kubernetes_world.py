"""A small cluster behind the server: jobs make pods, pods print, and end when they are told to."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from kubernetes_pod import PlayedPod, stamp_of
from kubernetes_server import PODS, Object, Server, Store, status, until
from receiving_tools import SECOND

from longboat.backends.kubernetes.api import kinds
from longboat.backends.kubernetes.objects.naming import ATTEMPT, JOB, ROLE
from longboat.guest import copies, order
from longboat.spec.job import Replica

TRAIN_JOBS = kinds.TRAIN_JOBS.path("default")
TF_JOBS = kinds.TF_JOBS.path("default")
BATCH_JOBS = kinds.BATCH_JOBS.path("default")
SECRETS = kinds.SECRETS.path("default")
KEPT = (
    *(kinds.TRAIN_JOBS, kinds.TF_JOBS, kinds.TRAINING_RUNTIMES),
    *(kinds.SECRETS, kinds.NETWORK_POLICIES, kinds.EVENTS, kinds.BATCH_JOBS),
)
INDEX = {
    TRAIN_JOBS: "batch.kubernetes.io/job-completion-index",
    TF_JOBS: "training.kubeflow.org/replica-index",
}
_GUEST = "from longboat.guest.main import main; main()"
SIGTERM_CODE = 128 + 15


class Labelled(Store):
    """A store whose lists and watches heed the label selector."""

    def chosen(self, item: Object, query: dict[str, str]) -> bool:
        """See Store."""
        wanted = [each.split("=") for each in query.get("labelSelector", "").split(",") if each]
        labels = item["metadata"].get("labels", {})
        return all(labels.get(key) == value for key, value in wanted)


class World(Server):
    """A namespace in which the controllers obey at once, or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Labelled()
        self.stores = {PODS: self.store, **{kind.path("default"): Labelled() for kind in KEPT}}
        self.pods: dict[str, PlayedPod] = {}
        self.errands: list[str] = []
        """The names of Jobs that were run."""
        self.began: list[Replica] = []
        """Every replica whose code was ever executed."""
        self.obeys = True
        """Whether controllers do what jobs ask for."""
        self.room: int | None = None
        """How many pods can have a node; None: all."""
        self.play: Callable[[PlayedPod], object] = PlayedPod.start
        """What a pod does that has a node."""
        self.on_term: Callable[[PlayedPod], object] = lambda pod: pod.end(
            SIGTERM_CODE, state="stopped", error=None
        )
        self.cut_logs = False
        """Logs end as soon as they are read to their end."""
        self.lost_logs = False
        """The node gives no log."""
        self.volume: Path | None = None
        """Where what pods keep on the volume lies, of the one attempt that there is."""
        self.readers: dict[str, bytes] = {}
        """What pods that read copies have printed."""
        self.read: Callable[[str], object] = lambda name: self.end_reader(name)
        """What such a pod does."""
        self.errand: Callable[[str], object] = lambda name: self.end_errand(name)
        """What a Job does whose Secrets are all there."""
        self._now = time.time_ns()

    def tick(self) -> int:
        """A time later than every earlier one, in nanoseconds."""
        self._now = max(self._now + 1000, time.time_ns())
        return self._now

    def pod(self, role: str = "worker", index: int = 0) -> PlayedPod:
        """The pod that is a replica, once there is one."""

        def find() -> PlayedPod | None:
            found = [each for each in self.all() if str(each.replica) == f"{role}-{index}"]
            return found[-1] if found else None

        pod: PlayedPod = until(find, f"the pod of {role}-{index}")
        return pod

    def all(self) -> list[PlayedPod]:
        """All pods there are."""
        return list(self.pods.values())

    def left(self) -> list[str]:
        """Everything there is."""
        return [f"{path}/{name}" for path, store in self.stores.items() for name in store.objects]

    # --- the server's hooks

    def log_of(self, name: str, query: dict[str, str]) -> Iterable[bytes] | None:
        """See Server."""
        if name in self.readers:
            stamp = stamp_of(self.tick()).encode() + b" "
            return [stamp + line for line in self.readers[name].splitlines(keepends=True)]
        pod = self.pods.get(name)
        if pod is None or self.lost_logs:
            return None
        since = query.get("sinceTime")
        return pod.log(int(datetime.fromisoformat(since).timestamp()) if since else 0)

    def create(self, path: str, item: Object) -> Object:
        """See Server."""
        item["metadata"]["uid"] = str(uuid.uuid4())
        made = super().create(path, item)
        if path == PODS:
            made["status"] = {"phase": "Pending"}
            self.read(item["metadata"]["name"])
        self.obey(path, item["metadata"]["name"])
        if path == SECRETS:
            self._have_run_what_waited_for(item)
        return made

    def change(self, path: str, name: str, changes: Object) -> Object:
        """See Server."""
        changed = super().change(path, name, changes)
        self.obey(path, name)
        return changed

    def delete(self, path: str, name: str) -> None:
        """See Server: and what it owned goes with it."""
        uid = self.stores[path].objects[name]["metadata"]["uid"]
        super().delete(path, name)
        for store in self.stores.values():
            for owned in [n for n, item in store.objects.items() if uid in _owners(item)]:
                pod = self.pods.get(owned)
                if pod is not None:
                    self._end(pod)
                elif owned in store.objects:  # else it has just gone by itself
                    store.delete(owned)

    def end_reader(self, name: str, phase: str = "") -> None:
        """Have a pod run that reads a copy: as a process, its volume elsewhere."""
        *_, path, start = self.store.objects[name]["spec"]["containers"][0]["command"]
        assert self.volume is not None
        replica, file = path.split("/")[-2:]
        command = ("segment", str(self.volume / "copies" / replica / file), start)
        done = subprocess.run([sys.executable, "-c", _GUEST, *command], capture_output=True)
        assert not done.stderr, done.stderr
        self.readers[name] = done.stdout
        ended = phase or ("Failed" if done.returncode else "Succeeded")
        self.store.change(name, {"status": {"phase": ended}})

    def end_errand(self, name: str) -> None:
        """Have a Job run its pod: as a process, its volume and its Secrets elsewhere."""
        spec = self.stores[BATCH_JOBS].objects[name]["spec"]["template"]["spec"]
        assert self.volume is not None
        with tempfile.TemporaryDirectory() as mounted:
            for secret in _mounted(spec):
                for key, value in self.stores[SECRETS].objects[secret]["data"].items():
                    Path(mounted, key).write_bytes(base64.b64decode(value))
            real = {copies.VOLUME: str(self.volume), order.FOLDER: mounted}
            command = [real.get(word, word) for word in spec["containers"][0]["command"][2:]]
            zipapp = Path(mounted, order.ZIPAPP)
            done = subprocess.run(
                [sys.executable, zipapp, *command], capture_output=True, check=False
            )
        self.errands.append(name)
        self.errand_ends(name, done.returncode, done.stderr.decode())

    def errand_ends(self, name: str, code: int, word: str = "") -> None:
        """Have a Job ended, and its pod, which says a last word."""
        job = self.stores[BATCH_JOBS].objects.get(name)
        if job is None:
            return
        metadata = {
            "name": f"{name}-pod",
            "labels": {"batch.kubernetes.io/job-name": name},
            "ownerReferences": [{"uid": job["metadata"]["uid"]}],
        }
        ended = {"terminated": {"exitCode": code, "message": word}}
        status = {"containerStatuses": [{"name": "errand", "state": ended}]}
        self.store.add({"metadata": metadata, "spec": {"containers": []}, "status": status})
        kind = {"type": "Failed" if code else "Complete", "status": "True"}
        self.stores[BATCH_JOBS].change(name, {"status": {"conditions": [kind]}})

    def _have_run_what_waited_for(self, secret: Object) -> None:
        there = self.stores[SECRETS].objects
        for name, job in list(self.stores[BATCH_JOBS].objects.items()):
            needed = _mounted(job["spec"]["template"]["spec"])
            if secret["metadata"]["name"] in needed and all(each in there for each in needed):
                self.errand(name)

    # --- its controllers

    def obey(self, path: str, name: str) -> None:
        """Have as many pods as a job asks for."""
        if path not in INDEX or not self.obeys:
            return
        job = self.stores[path].objects[name]
        uid = job["metadata"]["uid"]
        there = [pod for pod in self.all() if uid in _owners(self.store.objects[pod.name])]
        if is_suspended(job):
            for pod in there:
                self._end(pod)
        elif not there:
            for replica in self._replicas(path, job):
                self._make(path, job, replica)

    def _replicas(self, path: str, job: Object) -> Iterator[Replica]:
        if path == TF_JOBS:
            roles = {n.lower(): s["replicas"] for n, s in job["spec"]["tfReplicaSpecs"].items()}
        else:
            runtimes = self.stores[kinds.TRAINING_RUNTIMES.path("default")].objects
            jobs = runtimes[job["metadata"]["name"]]["spec"]["template"]["spec"]["replicatedJobs"]
            roles = {each["name"]: each["template"]["spec"]["parallelism"] for each in jobs}
        for role, count in roles.items():
            yield from (Replica(role, index) for index in range(count))

    def _make(self, path: str, job: Object, replica: Replica) -> None:
        name, labels = job["metadata"]["name"], job["metadata"]["labels"]
        secret = self.stores[SECRETS].objects[name]
        nonce = json.loads(base64.b64decode(secret["data"]["order.json"]))["nonce"]
        pod = PlayedPod(self, replica, f"{name}-{replica}", nonce)
        kept = {key: labels[key] for key in (JOB, ATTEMPT, "app.kubernetes.io/managed-by")}
        metadata = {
            "name": pod.name,
            "uid": pod.uid,
            "labels": {**kept, ROLE: replica.role, INDEX[path]: str(replica.index)},
            "creationTimestamp": stamp_of(self.tick()),
            "ownerReferences": [{"uid": job["metadata"]["uid"]}],
        }
        has_room = self.room is None or len(self.pods) < self.room
        self.pods[pod.name] = pod
        spec = {"containers": [], **({"nodeName": "node"} if has_room else {})}
        self.store.add({"metadata": metadata, "spec": spec, "status": {"phase": "Pending"}})
        if has_room:
            self.play(pod)
        else:
            pod.condition("PodScheduled", "Unschedulable", "False")

    def _end(self, pod: PlayedPod) -> None:
        """SIGTERM a moment later, and again a moment later the object is gone."""
        if pod.unreachable:
            return
        if pod.live:
            pod.mark(deletionTimestamp=stamp_of(time.time_ns() + 15 * SECOND))
            if pod.lines:
                _later(0.1, lambda: pod.live and self.on_term(pod))
        _later(0.2, lambda: self._remove(pod))

    def _remove(self, pod: PlayedPod) -> None:
        if self.pods.get(pod.name) is pod and (not pod.live or not pod.lines):
            pod.vanish()


@contextmanager
def living() -> Iterator[World]:
    """A world whose server runs."""
    world = World()
    world.start()
    try:
        yield world
    finally:
        for pod in world.all():
            pod.closed = True
        world.end_watches()
        world.stop()


def is_suspended(job: Object) -> bool:
    """Whether a job is to have no pods."""
    spec = job["spec"]
    return bool(spec.get("runPolicy", spec).get("suspend"))


def _later(seconds: float, happening: Callable[[], object]) -> None:
    timer = threading.Timer(seconds, happening)
    timer.daemon = True
    timer.start()


def _mounted(spec: Object) -> list[str]:
    """The names of the Secrets that a pod mounts."""
    sources = [s for v in spec["volumes"] for s in v.get("projected", {}).get("sources", ())]
    return [source["secret"]["name"] for source in sources]


def _owners(item: Object) -> list[str]:
    return [each["uid"] for each in item["metadata"].get("ownerReferences", ())]


FORBIDDEN = (403, json.dumps(status(403, "Forbidden", "no rights")).encode())
