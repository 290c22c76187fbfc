"""A cluster, as ``--on`` names it: whether jobs could run there, and what is missing."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.connection import Connection, Request
from longboat.doctor import cluster_engine, cluster_limits, cluster_namespace, cluster_rights
from longboat.doctor.finding import Finding, carefully
from longboat.errors import Unavailable
from longboat.spec.cluster import ClusterConfig


def examine_cluster(config: ClusterConfig) -> list[Finding]:
    """Examine the cluster with the rights of its configuration; never raises.

    Creates nothing: what a webhook would say is asked with dry runs.
    """
    if importlib.util.find_spec("kubernetes") is None:
        message = "The package kubernetes is not installed, without which no cluster is reached."
        return [
            Finding("cluster", "bad", message, "Install it: pip install 'longboat[kubernetes]'")
        ]
    try:
        reached = list(_reach(config))
    except Unavailable as error:
        return [Finding("cluster", "bad", str(error))]
    access = Access(config)
    checks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("namespace", lambda: cluster_namespace.namespace(access)),
        ("engine", lambda: cluster_engine.engine(access, config)),
        ("rights", lambda: cluster_rights.rights(access, config)),
        ("image", lambda: _image(config)),
        ("pull-secrets", lambda: cluster_namespace.pull_secrets(access, config)),
        ("service-account", lambda: cluster_namespace.service_account(access, config)),
        ("volume", lambda: cluster_namespace.volume(access, config)),
        ("nodes", lambda: cluster_limits.nodes(access, config)),
        ("quota", lambda: cluster_limits.quota(access)),
        ("network-policies", lambda: cluster_limits.network_policies(config)),
    ]
    return [*reached, *(found for area, check in checks for found in carefully(area, check))]


def _reach(config: ClusterConfig) -> Iterator[Finding]:
    """Ask what everybody may ask who is known there. Raises Unavailable."""
    answer = Connection(config).call(Request("read its version", "GET", "/version"))
    version = json.loads(answer).get("gitVersion", "an unknown version")
    yield Finding("cluster", "ok", f"The cluster {config.name} answers: Kubernetes {version}.")


def _image(config: ClusterConfig) -> Iterator[Finding]:
    if config.image:
        yield Finding("image", "ok", f"Jobs run in {config.image} unless they name another image.")
    else:
        yield Finding(
            "image",
            "warn",
            "There is no default image: every job must name one with --image.",
            f"Set `image` in [{config.name}] of clusters.toml.",
        )
