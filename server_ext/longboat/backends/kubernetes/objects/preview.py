"""What an attempt would create, to be read and applied by hand."""

from __future__ import annotations

import base64
from typing import Any

from longboat.backends.base import Launch
from longboat.backends.kubernetes.objects.render import render
from longboat.spec.cluster import ClusterConfig, Engine

Manifest = dict[str, Any]

LEFT_OUT = "longboat.dev/left-out"
"""Annotation of a Secret: what it would hold."""


def manifests(
    launch: Launch, config: ClusterConfig, engine: Engine, namespace: str
) -> list[Manifest]:
    """Render the objects in the order in which a cluster takes them, with nothing suspended.

    Of the Secrets only the keys are shown, and how large their contents are: there are the values
    of the user's secrets. Raises what ``render`` raises; ``launch.secrets_file`` may be None.
    """
    rendered = render(launch, config, engine, namespace, nonce="")
    first = [rendered.runtime] if rendered.runtime is not None else []
    secrets = [_hidden(secret) for secret in rendered.secrets]
    shown = [*first, *secrets, rendered.network_policy, _let_go(rendered.job)]
    return [_placed(manifest, namespace) for manifest in shown]


def _hidden(secret: Manifest) -> Manifest:
    sizes = {key: len(base64.b64decode(value)) for key, value in secret["data"].items()}
    told = ", ".join(f"{key}: {size} bytes" for key, size in sizes.items())
    metadata = {**secret["metadata"], "annotations": {LEFT_OUT: told}}
    return {**secret, "metadata": metadata, "data": dict.fromkeys(sizes, "")}


def _let_go(job: Manifest) -> Manifest:
    spec = job["spec"]
    if "runPolicy" in spec:
        return {**job, "spec": {**spec, "runPolicy": {**spec["runPolicy"], "suspend": False}}}
    return {**job, "spec": {**spec, "suspend": False}}


def _placed(manifest: Manifest, namespace: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
