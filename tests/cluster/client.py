"""What the tests ask of a cluster, in a namespace of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import kubernetes
from kubernetes.stream import stream

Object = dict[str, Any]
Found = TypeVar("Found")

SCRIPTS = Path(__file__).with_name("pods")
_OURS = (
    ("trainer.kubeflow.org", "v1alpha1", "trainjobs"),
    ("trainer.kubeflow.org", "v1alpha1", "trainingruntimes"),
    ("kubeflow.org", "v1", "tfjobs"),
    ("networking.k8s.io", "v1", "networkpolicies"),
)


class Cluster:
    """A cluster through its API, and the namespace of this run."""

    def __init__(self, client: kubernetes.client.ApiClient, namespace: str) -> None:
        self.core = kubernetes.client.CoreV1Api(client)
        self.custom = kubernetes.client.CustomObjectsApi(client)
        self.namespace = namespace

    def create_namespace(self) -> None:
        """Create the namespace; return when pods can be created in it."""
        self.core.create_namespace({"metadata": {"name": self.namespace}})
        wait_until(self._service_account, "the namespace's service account")

    def delete_namespace(self) -> None:
        """Delete the namespace with everything in it, and wait until it is gone."""
        self.core.delete_namespace(self.namespace)
        wait_until(self._namespace_gone, "the end of the namespace", seconds=120)

    def run_pod(self, name: str, image: str, command: Sequence[str], **spec: Any) -> None:
        """Create a pod of one container that runs ``command`` once."""
        self.create_pod(name, pod_spec(image, command, **spec))

    def create_pod(self, name: str, spec: Object, labels: Object | None = None) -> None:
        """Create a pod."""
        pod = {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}
        self.core.create_namespaced_pod(self.namespace, pod)

    def phase(self, pod: str) -> str:
        """Pending, Running, Succeeded or Failed."""
        return self.core.read_namespaced_pod(pod, self.namespace).status.phase

    def log(self, pod: str) -> str:
        """What a pod printed."""
        return self.core.read_namespaced_pod_log(pod, self.namespace)

    def finished(self, pod: str, *, seconds: float = 60) -> str:
        """Wait for the end of a pod; give its phase."""
        ends = ("Succeeded", "Failed")
        return wait_until(
            lambda: next((p for p in [self.phase(pod)] if p in ends), None),
            f"the end of pod {pod}",
            seconds=seconds,
        )

    def pods(self, selector: str) -> list[str]:
        """The names of the pods with these labels."""
        listed = self.core.list_namespaced_pod(self.namespace, label_selector=selector)
        return sorted(pod.metadata.name for pod in listed.items)

    def pods_on(self, node: str) -> list[str]:
        """The names of the namespace's pods on a node."""
        field = f"spec.nodeName={node}"
        listed = self.core.list_namespaced_pod(self.namespace, field_selector=field)
        return [pod.metadata.name for pod in listed.items]

    def objects(self, selector: str) -> list[str]:
        """Everything of the kinds that a job is made of, with these labels."""
        asked = {"label_selector": selector}
        names = self.pods(selector)
        secrets = self.core.list_namespaced_secret(self.namespace, **asked).items
        names += [f"secrets/{item.metadata.name}" for item in secrets]
        for group, version, plural in _OURS:
            listed = self.custom.list_namespaced_custom_object(
                group, version, self.namespace, plural, **asked
            )
            names += [f"{plural}/{item['metadata']['name']}" for item in listed["items"]]
        return names

    def execute(self, pod: str, command: Sequence[str]) -> None:
        """Run a command, which prints nothing when all is well, in a pod that runs."""
        said: str = stream(
            self.core.connect_get_namespaced_pod_exec,
            *(pod, self.namespace),
            command=list(command),
            **{"stdout": True, "stderr": True, "stdin": False, "tty": False},
        )
        assert not said, said

    def create(self, manifest: Mapping[str, Any], plural: str) -> None:
        """Create a custom object in the namespace."""
        group, version = manifest["apiVersion"].split("/")
        self.custom.create_namespaced_custom_object(
            group, version, self.namespace, plural, manifest
        )

    def ended(
        self, manifest: Mapping[str, Any], plural: str, ends: Sequence[str], *, seconds: float = 120
    ) -> str:
        """Wait until a custom object has one of these conditions; give its type."""
        group, version = manifest["apiVersion"].split("/")
        name = manifest["metadata"]["name"]

        def condition() -> str | None:
            found = self.custom.get_namespaced_custom_object(
                group, version, self.namespace, plural, name
            )
            conditions = found.get("status", {}).get("conditions", [])
            true = {c["type"] for c in conditions if c["status"] == "True"}
            return next((end for end in ends if end in true), None)

        return wait_until(condition, f"the end of {name}", seconds=seconds)

    def _service_account(self) -> object:
        listed = self.core.list_namespaced_service_account(self.namespace)
        return next((item for item in listed.items if item.metadata.name == "default"), None)

    def _namespace_gone(self) -> bool:
        field = f"metadata.name={self.namespace}"
        return not self.core.list_namespace(field_selector=field).items


def pod_spec(image: str, command: Sequence[str], **spec: Any) -> Object:
    """The specification of a pod that runs ``command`` once and holds no token of the API."""
    resources = spec.pop("resources", {})
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(command),
        "resources": resources,
        "env": spec.pop("env", []),
    }
    fixed = {"restartPolicy": "Never", "automountServiceAccountToken": False}
    return {**fixed, "terminationGracePeriodSeconds": 1, "containers": [container], **spec}


def script(name: str) -> str:
    """A program for pods, from pods/."""
    return (SCRIPTS / name).read_text()


def wait_until(condition: Callable[[], Found | None], what: str, *, seconds: float = 60) -> Found:
    """Poll until ``condition`` gives something true, and give it; fail naming ``what``."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)
    return found
