"""Where the API server is and how it knows us: kubeconfig, or the pod's service account."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from longboat.errors import Unavailable
from longboat.explain.words import one_line
from longboat.spec.cluster import ClusterConfig

if TYPE_CHECKING:
    from kubernetes.client import Configuration

_KEPT = 1000
"""HTTP connections that may be kept for further calls; there are as many as were needed at once."""
_KEEPALIVE = {"idle": 15, "interval": 5, "count": 3}
"""Seconds, seconds and probes: half a minute after the peer went silently, it is known."""
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def read_configuration(config: ClusterConfig) -> tuple[Configuration, str]:
    """Read them as they are now, with the namespace to use; runs a kubeconfig's plugin.

    Raises Unavailable.
    """
    from kubernetes.client import Configuration
    from kubernetes.utils.keepalive import tcp_keepalive_socket_options

    settings = Configuration()
    settings.retries = False  # callers know what may be asked again, and when
    settings.connection_pool_maxsize = _KEPT
    settings.socket_options = tcp_keepalive_socket_options(**_KEEPALIVE)
    try:
        fill = _from_the_pod if config.in_cluster else _from_kubeconfig
        namespace = fill(settings, config)
    except Exception as error:  # the package checks little of what it reads: anything may come
        raise Unavailable(_unusable(config, error)) from error
    return settings, config.namespace or namespace or "default"


def _from_the_pod(settings: Configuration, config: ClusterConfig) -> str | None:
    from kubernetes.config import load_incluster_config

    load_incluster_config(settings)  # type: ignore[no-untyped-call]
    return _OWN_NAMESPACE.read_text().strip()


def _from_kubeconfig(settings: Configuration, config: ClusterConfig) -> str | None:
    from kubernetes.config import list_kube_config_contexts, load_kube_config

    paths = _kubeconfig(config)
    load_kube_config(paths, config.context, settings)  # type: ignore[no-untyped-call]
    contexts, current = list_kube_config_contexts(paths)  # type: ignore[no-untyped-call]
    named = (each for each in contexts if each["name"] == config.context)
    context = current if config.context is None else next(named)
    namespace: str | None = context["context"].get("namespace")
    return namespace


def _kubeconfig(config: ClusterConfig) -> str:
    """The environment is read here: the package remembers what it was when it was imported."""
    return config.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"


def _unusable(config: ClusterConfig, error: Exception) -> str:
    if config.in_cluster:
        where = "The service account of this pod"
    else:
        context = f", context {config.context}" if config.context else ""
        where = f"The kubeconfig {_kubeconfig(config)}{context}"
    return (
        f"{where} cannot be used for the cluster {config.name}: "
        f"{one_line(str(error) or type(error).__name__)}. Mend it, or name another in the "
        "cluster's table of clusters.toml."
    )
