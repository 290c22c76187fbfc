"""What containerd keeps from one life of the cluster to the next: images, but no containers."""

from __future__ import annotations

import shutil

from cluster import machine, services
from cluster.errors import ClusterError, wait_for
from cluster.layout import CONTAINERD_ROOT, INSIDE_CONFIG

CONTAINERD = "/usr/bin/containerd"
CTR = ("ctr", "--namespace=k8s.io")


def start(config: str) -> None:
    """Start containerd with a configuration file from config/; return when it answers."""
    services.start([CONTAINERD, f"--config={INSIDE_CONFIG / config}"])
    where = str(services.log(CONTAINERD))
    wait_for("containerd did not answer", _answers, seconds=30, where=where)


def forget_containers() -> None:
    """Remove the containers of an earlier life; everything, when what is kept cannot be read.

    It is done by a containerd that knows nothing of Kubernetes: the other would take them up first.
    """
    if not any(CONTAINERD_ROOT.iterdir()):
        return
    try:
        start("containerd-store.toml")
        for container in machine.run([*CTR, "containers", "list", "--quiet"]).split():
            machine.run([*CTR, "containers", "delete", container])
        _forget_replaced_images()
        services.stop(CONTAINERD)
        kept = []
    except ClusterError:
        services.stop(CONTAINERD)
        kept = list(CONTAINERD_ROOT.iterdir())
    for kind in ("grpc.v1.cri", "runtime.v2.task"):
        kept.append(CONTAINERD_ROOT / f"io.containerd.{kind}")
    for folder in kept:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_replaced_images() -> None:
    """Remove images that lost their name to a newer one: only their second name is left."""
    lines = machine.run([*CTR, "images", "list"]).splitlines()[1:]
    digests = {words[0]: words[2] for line in lines if len(words := line.split()) > 2}
    named = {digest for name, digest in digests.items() if not name.startswith("sha256:")}
    for name, digest in digests.items():
        if digest not in named:
            machine.run([*CTR, "images", "delete", "--sync", name])


def _answers() -> bool:
    try:
        machine.run([*CTR, "version"])
    except ClusterError:
        return False
    return True
