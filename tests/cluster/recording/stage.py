"""A namespace in which something goes wrong on purpose, and how what is seen there is written."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import kubernetes

from cluster import images
from cluster.client import Cluster, Object, pod_spec, wait_until
from cluster.layout import KUBECONFIG

HELD = "longboat.test/recorded"
"""A finalizer: an ended pod stays until it has been seen."""
CHANGING = frozenset(
    {"creationTimestamp", "deletionTimestamp", "eventTime", "finishedAt", "firstTimestamp"}
    | {"lastHeartbeatTime", "lastObservedTime", "lastProbeTime", "lastTimestamp"}
    | {"lastTransitionTime", "startTime", "startedAt", "timeAdded"}
    | {"hostIP", "hostIPs", "podIP", "podIPs", "addresses", "uid", "resourceVersion"}
    | {"managedFields", "selfLink", "reportingInstance"}
    | {"containerID", "imageID", "images", "nodeInfo"}
)
"""Fields that are others each time, and whose content no diagnosis reads."""
KEPT_TIMES = frozenset({"lastTimestamp", "eventTime", "creationTimestamp", "firstTimestamp"})
"""Of events: their order counts."""
SOME_TIME = "2026-01-01T00:00:00Z"


class Observed(NamedTuple):
    """What was seen, and the function of ``diagnosis`` that is to explain it."""

    asks: str
    seen: Any
    nodes: Sequence[Object] = ()


class Stage(Cluster):
    """A cluster through its API, with everything as the API's own JSON."""

    def raw(self, path: str, method: str = "GET", body: Object | None = None) -> Any:
        """Ask the API; the answer as it is, a Status when it was refused."""
        client = self.core.api_client
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = client.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        answer = client.call_api(*request)
        answer.read()
        text = answer.data.decode()
        if answer.status == 404 and not text.startswith("{"):
            return {"kind": "Status", "status": "Failure", "message": text.strip(), "code": 404}
        return json.loads(text)

    def pod(self, name: str) -> Object:
        """A pod as the API gives it."""
        return self.raw(f"/api/v1/namespaces/{self.namespace}/pods/{name}")

    def create_raw(self, resource: str, manifest: Object, group: str = "api/v1") -> Any:
        """Create an object in the namespace; its JSON, or the Status that refuses it."""
        return self.raw(f"/{group}/namespaces/{self.namespace}/{resource}", "POST", manifest)

    def events(self) -> list[Object]:
        """The events of the namespace."""
        found: list[Object] = self.raw(f"/api/v1/namespaces/{self.namespace}/events")["items"]
        return found

    def nodes(self) -> list[Object]:
        """All nodes."""
        found: list[Object] = self.raw("/api/v1/nodes")["items"]
        return found

    def play(self, name: str, command: Sequence[str] = ("true",), **spec: Any) -> None:
        """Create a pod that is held until it has been seen."""
        image = spec.pop("image", images.PYTHON)
        pod = {
            "metadata": {"name": name, "finalizers": [HELD]},
            "spec": pod_spec(image, command, **spec),
        }
        self.core.create_namespaced_pod(self.namespace, pod)

    def when_pod(
        self, name: str, condition: Callable[[Object], object], *, seconds: float = 120
    ) -> Object:
        """Wait until ``condition`` holds of a pod; give the pod."""

        def there() -> Object | None:
            pod = self.pod(name)
            return pod if condition(pod) else None

        return wait_until(there, f"what is to be seen of pod {name}", seconds=seconds)

    def when_event(self, reason: str, words: str = "", *, seconds: float = 120) -> list[Object]:
        """Wait for an event of that reason; give all events of the namespace."""

        def there() -> list[Object] | None:
            events = self.events()
            found = [e for e in events if e["reason"] == reason and words in e["message"]]
            return events if found else None

        return wait_until(there, f"an event {reason}", seconds=seconds)

    def release(self) -> None:
        """Let go of every pod that is held."""
        for name in self.pods(""):
            body = {"metadata": {"finalizers": None}}
            self.core.patch_namespaced_pod(name, self.namespace, body)


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage of its own, with the rights of the cluster's administrator."""
    with kubernetes.config.new_client_from_config(str(KUBECONFIG)) as client:
        made = Stage(client, f"longboat-corpus-{secrets.token_hex(4)}")
        made.create_namespace()
        try:
            yield made
        finally:
            made.release()
            made.core.delete_namespace(made.namespace)


def trimmed(value: Any, namespace: str, times: bool = False) -> Any:
    """Leave out what is other each time, and give generated names constant ones."""
    text = json.dumps(_trim(value, times)).replace(namespace, "corpus")
    text = re.sub(r"\bfake-[0-9a-f]{6}\b", "fake", text)
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "uid", text)
    text = re.sub(r"\b(maker(?:-[a-z]+)*)-[a-z0-9]{5}\b", r"\1-xxxxx", text)
    return json.loads(text)


def _trim(value: Any, times: bool) -> Any:
    left_out = CHANGING - KEPT_TIMES if times else CHANGING
    if isinstance(value, dict):
        kept = {k: _trim(v, times) for k, v in value.items() if k not in left_out}
        deleted = {"deletionTimestamp": SOME_TIME} if "deletionTimestamp" in value else {}
        return {**kept, **deleted}
    return [_trim(each, times) for each in value] if isinstance(value, list) else value
