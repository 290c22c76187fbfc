"""From a launch to the objects of its attempt: pure but for reading what travels."""

from __future__ import annotations

from typing import Any, NamedTuple

from longboat.backends.base import Launch
from longboat.backends.kubernetes.objects import payload, render_tfjob, render_trainjob
from longboat.backends.kubernetes.objects.naming import labels, object_name, secret_names
from longboat.backends.kubernetes.objects.render_pod import claim
from longboat.spec.cluster import ClusterConfig, Engine

Manifest = dict[str, Any]


class Rendered(NamedTuple):
    """An attempt's objects, without owners."""

    job: Manifest
    """TrainJob or TFJob, suspended."""
    runtime: Manifest | None
    """The TrainJob's TrainingRuntime."""
    secrets: list[Manifest]
    network_policy: Manifest
    code: bytes | None = None
    """The packed snapshot, to be brought to the shared volume first; None: it is in the Secrets."""


def render(
    launch: Launch, config: ClusterConfig, engine: Engine, namespace: str, nonce: str
) -> Rendered:
    """Render all of them. Raises TooLarge, OSError, and NotFound when the snapshot is gone."""
    name = object_name(launch.spec, launch.ref)
    if engine == "trainjob":
        addresses = render_trainjob.addresses(launch.spec, name)
    else:
        addresses = render_tfjob.addresses(launch.spec, name, namespace)
    has_volume = claim(launch.spec, config) is not None
    key = payload.environment_key(launch.spec, launch.spec.image or config.image or "")
    contents, code = payload.contents(launch, nonce, addresses, volume=has_volume, environment=key)
    names = secret_names(name, len(contents))
    secrets = [secret(launch, *each) for each in zip(names, contents, strict=True)]
    policy = network_policy(launch)
    if engine == "trainjob":
        runtime = render_trainjob.runtime(launch, config, names)
        return Rendered(render_trainjob.job(launch, config), runtime, secrets, policy, code)
    return Rendered(render_tfjob.job(launch, config, names), None, secrets, policy, code)


def secret(launch: Launch, name: str, files: payload.Content) -> Manifest:
    """Render one of the Secrets that the pods mount."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": labels(launch.ref)},
        "type": "Opaque",
        "immutable": True,
        "data": payload.encoded(files),
    }


def network_policy(launch: Launch) -> Manifest:
    """Let nobody but the replicas of the attempt speak to them: TensorFlow asks for no password."""
    ours = {"matchLabels": labels(launch.ref)}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": object_name(launch.spec, launch.ref), "labels": labels(launch.ref)},
        "spec": {
            "podSelector": ours,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": ours}]}],
        },
    }


def owned_by(manifest: Manifest, owner: Manifest) -> Manifest:
    """Give the object an owner, with which the cluster deletes it.

    The owner's deletion does not wait for it: to ask for that may need a right of its own.
    """
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }
    return {**manifest, "metadata": {**manifest["metadata"], "ownerReferences": [reference]}}
