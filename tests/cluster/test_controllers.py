"""Jobs run by their real controllers: the pods of each find one another by name."""

from __future__ import annotations

import json
from typing import Any

from kubernetes.client.exceptions import ForbiddenException

from cluster.client import Cluster, Object, script, wait_until

RUNTIME = {"apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "TrainingRuntime"}
TRAINJOB = {"apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "TrainJob"}
TFJOB = {"apiVersion": "kubeflow.org/v1", "kind": "TFJob"}


def meeting_pod(image: str, container: str) -> Object:
    """A pod that ends well when it met its peers; the container's name is the engine's rule."""
    meet = {
        "name": container,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", script("peers.py")],
    }
    return {"containers": [meet], "automountServiceAccountToken": False}


def is_admitted(cluster: Cluster, job: Object) -> bool:
    """Create a TrainJob, unless the webhook does not let it in yet."""
    try:
        cluster.create(job, "trainjobs")
    except ForbiddenException as error:
        assert "validator.trainjob" in str(error.body), error
        return False
    return True


def test_trainjob_completes_with_two_pods_that_met(cluster: Cluster, python_image: str) -> None:
    pod = {"restartPolicy": "Never", **meeting_pod(python_image, "node")}
    template = {
        "metadata": {"labels": {"trainer.kubeflow.org/trainjob-ancestor-step": "trainer"}},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }
    jobs = {"replicatedJobs": [{"name": "node", "template": template}]}
    runtime = {"mlPolicy": {"numNodes": 1}, "template": {"spec": jobs}}
    cluster.create({**RUNTIME, "metadata": {"name": "peers"}, "spec": runtime}, "trainingruntimes")
    names = [f"meeting-node-0-{index}.meeting" for index in range(2)]
    spec = {
        "runtimeRef": {"name": "peers", "kind": "TrainingRuntime"},
        "trainer": {"numNodes": 2, "env": [{"name": "PEERS", "value": ",".join(names)}]},
    }
    job = {**TRAINJOB, "metadata": {"name": "meeting"}, "spec": spec}
    wait_until(lambda: is_admitted(cluster, job), "Trainer's webhook has seen the runtime")
    assert cluster.ended(job, "trainjobs", ("Complete", "Failed")) == "Complete"
    logs = [log_of(cluster, pod) for pod in cluster.pods("jobset.sigs.k8s.io/jobset-name=meeting")]
    assert logs == [["heard 1", f"met {names[1]}"], ["heard 0", f"met {names[0]}"]]


def test_tfjob_succeeds_and_told_its_pods_the_cluster(cluster: Cluster, python_image: str) -> None:
    pod: dict[str, Any] = {"spec": meeting_pod(python_image, "tensorflow")}
    workers = {"replicas": 2, "restartPolicy": "Never", "template": pod}
    # With cleanPodPolicy Running the first worker's end would kill the other before it said so.
    spec = {"runPolicy": {"cleanPodPolicy": "None"}, "tfReplicaSpecs": {"Worker": workers}}
    job = {**TFJOB, "metadata": {"name": "meeting"}, "spec": spec}
    cluster.create(job, "tfjobs")
    assert cluster.ended(job, "tfjobs", ("Succeeded", "Failed")) == "Succeeded"
    address = f"meeting-worker-{{}}.{cluster.namespace}.svc"
    for index, pod_name in enumerate(cluster.pods("training.kubeflow.org/job-name=meeting")):
        cluster.finished(pod_name)
        told, *others = cluster.log(pod_name).splitlines()
        given = json.loads(told.removeprefix("TF_CONFIG "))
        assert given["task"] == {"type": "worker", "index": index}
        assert given["cluster"]["worker"] == [f"{address.format(i)}:2222" for i in range(2)]
        assert sorted(others) == [f"heard {1 - index}", f"met {address.format(1 - index)}"]


def log_of(cluster: Cluster, pod: str) -> list[str]:
    """The lines of a pod's log in alphabetical order: who was met first is chance."""
    return sorted(cluster.log(pod).splitlines())
