"""A cluster to run jobs on, as its configuration file names it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Engine = Literal["trainjob", "tfjob"]
"""Kubeflow Trainer's TrainJob (v2), or the training operator's TFJob (v1)."""


class ClusterConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[NAME]`` table of ``clusters.toml``: where ``--on NAME`` runs jobs, and how."""

    name: str = ""
    """What follows ``--on``; the table's own name."""
    kubeconfig: str | None = None
    """Path of the kubeconfig; None for KUBECONFIG, else the usual place."""
    context: str | None = None
    """A context of that file; None for its current one."""
    in_cluster: bool = False
    """Use the service account of the pod that Longboat runs in, and no kubeconfig."""
    namespace: str | None = None
    """None for the context's (or the service account's), else ``default``."""
    image: str | None = None
    """What replicas run in, unless the job names another."""
    engine: Engine | None = None
    """None for what the cluster offers: TrainJob, else TFJob."""
    volume: str | None = None
    """A PersistentVolumeClaim (ReadWriteMany) for checkpoints and whole copies of what replicas say
    and leave, or None."""
    fs_group: int | None = None
    """The group that may write to the volume, where images do not run as root."""
    node_selector: dict[str, str] = {}
    tolerations: tuple[dict[str, Any], ...] = ()
    gpu_resource: str = "nvidia.com/gpu"
    """The name under which nodes offer GPUs."""
    queue: str | None = None
    """Kueue's local queue: the label ``kueue.x-k8s.io/queue-name`` of the job."""
    image_pull_secrets: tuple[str, ...] = ()
    service_account: str | None = None
    elastic: bool = False
    """Nodes come when they are needed: what no node has now is not refused at submit."""
