"""Debian's packages that the cluster needs: installed when root, named otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from cluster.errors import ClusterError

NEEDED = {
    "buildah": "buildah",
    "conntrack": "conntrack",
    "containerd": "containerd",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "iptables": "iptables",
    "modprobe": "kmod",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "runc": "runc",
    "setpriv": "util-linux",
    "socat": "socat",
    "sysctl": "procps",
}
"""What must be there, a command or a file, and the package that brings it."""


def require_root() -> None:
    """Raise ClusterError, naming also what is to be installed, for anybody but root."""
    if os.geteuid() != 0:
        missing = _missing()
        install = f" after `apt-get install {' '.join(missing)}`" if missing else ""
        raise ClusterError(
            f"The test cluster needs root, for namespaces and mounts: run make as root{install}, "
            "or set KUBECONFIG to test on a cluster of your own."
        )


def install(say: Callable[[str], None]) -> None:
    """Install what is missing; raise ClusterError, naming it, when there is no apt."""
    missing = _missing()
    if missing:
        _install(missing, say)


def _missing() -> list[str]:
    return sorted({package for command, package in NEEDED.items() if not _there(command)})


def _there(command: str) -> bool:
    return shutil.which(command) is not None or (command.startswith("/") and Path(command).exists())


def _install(packages: list[str], say: Callable[[str], None]) -> None:
    if shutil.which("apt-get") is None:
        raise ClusterError(f"Install what the test cluster needs: {', '.join(packages)}.")
    say(f"Installing {', '.join(packages)} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        # Not bound to this process: killed halfway it would leave dpkg's database in pieces.
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise ClusterError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
