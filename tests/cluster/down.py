"""Taking the cluster down: nothing of it is left but what was built, and the logs."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

from cluster import machine
from cluster.errors import ClusterError
from cluster.layout import BUILD, KUBECONFIG, STATE
from cluster.node import cgroup_tops


def down(say: Callable[[str], None]) -> None:
    """Kill the machine, and with it its mounts and network; remove its state and its cgroups."""
    there = machine.find() is not None
    machine.stop()
    clear_state()
    _remove_cgroups()
    with contextlib.suppress(OSError):  # made as a place to mount on; somebody else may use it
        Path("/var/lib/kubelet").rmdir()
    left = [name for name, still_there in _leftovers().items() if still_there]
    if left:
        raise ClusterError(f"The cluster left something behind: {', '.join(left)}.")
    say("The cluster is down." if there else "No cluster was running.")


def clear_state() -> None:
    """Remove what one life of the cluster wrote."""
    KUBECONFIG.unlink(missing_ok=True)
    if STATE.exists():
        shutil.rmtree(STATE)


def _leftovers() -> dict[str, bool]:
    """What the cluster makes outside its own folder, and whether it is still there."""
    return {
        "its machine": machine.find() is not None,
        "its network": machine.LINK.exists(),
        "mounts": str(BUILD) in Path("/proc/self/mountinfo").read_text(),
        "cgroups": any(top.exists() for top in cgroup_tops()),
    }


def _remove_cgroups() -> None:
    """Remove the pods' cgroups, innermost first, in version 1's hierarchies or in version 2's."""
    for top in cgroup_tops():
        inner = [path for path in top.rglob("*") if path.is_dir()]
        for folder in [*sorted(inner, reverse=True), top]:
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()
