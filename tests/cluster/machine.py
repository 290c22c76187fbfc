"""The cluster's machine: namespaces for its network, mounts and processes.

Nothing about it is written down: it is found in /proc by the command line of its first process,
which names this checkout. So a crash at any moment leaves a machine that can be found, or none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cluster.commands import output
from cluster.errors import ClusterError, wait_for
from cluster.layout import (
    BUILD,
    CONTAINERD_ROOT,
    HERE,
    HOST_ADDRESS,
    INSIDE,
    INSIDE_CONFIG,
    LINK_ADDRESS,
    LOGS,
    NODE,
    NODE_ADDRESS,
    POD_NETWORK,
    SERVICE_NETWORK,
)
from longboat.system.identity import alive, identify
from longboat.system.spawn import detach

INIT = [sys.executable, "-m", "cluster.init", str(BUILD)]
BRIDGE = "cni0"
LINK = Path("/sys/class/net") / NODE
"""This side's end of the link to the machine: it goes when the machine's network does."""
SYSCTLS = ("net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1")


def processes() -> Iterator[tuple[int, list[str]]]:
    """Every process that can be seen, with its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            except OSError:
                continue
            yield int(entry.name), [os.fsdecode(word) for word in words]


def find() -> int | None:
    """The first process of the machine, by this side's pid; None when there is no machine."""
    return next((pid for pid, command in processes() if command[1:] == INIT[1:]), None)


def entering(pid: int, command: Sequence[str]) -> list[str]:
    """``command`` as it is executed in the machine whose first process is ``pid``."""
    options = (f"--target={pid}", "--mount", "--net", "--pid", "--wd=/")
    return [program_here("nsenter"), *options, "--", *command]


def program_here(name: str) -> str:
    """The path of a program of this machine."""
    found = shutil.which(name)
    if found is None:
        raise ClusterError(f"There is no program `{name}` on the PATH.")
    return found


def run(command: Sequence[str], *, pid: int | None = None) -> str:
    """Run a command in the machine and give its output; raise ClusterError when it fails."""
    inside = find() if pid is None else pid
    if inside is None:
        raise ClusterError("The cluster's machine does not run. Bring it up with: make cluster")
    return output(entering(inside, command))


def start() -> None:
    """Make the machine with its mounts and its network.

    Raises ClusterError when another checkout's cluster runs here: it has the same addresses.
    """
    if LINK.exists():
        raise ClusterError("Another checkout's test cluster runs here. Take that down first.")
    LOGS.mkdir(parents=True, exist_ok=True)
    kinds = ("--fork", "--pid", "--kill-child", "--mount", "--mount-proc", "--net")
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    log = LOGS / "machine.log"
    detach([program_here("unshare"), *kinds, *INIT], log=log, environment=environment)
    wait_for("The machine did not start", lambda: find() is not None, seconds=10, where=str(log))
    pid = find()
    assert pid is not None
    _mount(pid)
    _network(pid)


def _mount(pid: int) -> None:
    """Give the machine its own /run, and this cluster's folders in the places programs expect."""
    run(["mount", "--make-rshared", "/"], pid=pid)
    run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], pid=pid)
    Path("/var/lib/kubelet").mkdir(exist_ok=True)
    places = {
        BUILD: INSIDE,
        HERE / "config": INSIDE_CONFIG,
        LOGS / "node": Path("/var/log"),
        BUILD / "state" / "kubelet": Path("/var/lib/kubelet"),
        CONTAINERD_ROOT: Path("/var/lib/containerd"),
    }
    for source, target in places.items():
        source.mkdir(parents=True, exist_ok=True)
        run(["mkdir", "-p", str(target)], pid=pid)
        run(["mount", "--bind", str(source), str(target)], pid=pid)


def _network(pid: int) -> None:
    """Make the pods' bridge, and a link through which this side reaches pods and services."""
    if not Path("/proc/sys/net/bridge").exists():
        output(["modprobe", "br_netfilter"])
    for command in (
        "ip link set lo up",
        f"ip link add {BRIDGE} type bridge",
        f"ip address add {NODE_ADDRESS}/24 dev {BRIDGE}",
        f"ip link set {BRIDGE} up",
        f"ip route add {SERVICE_NETWORK} dev {BRIDGE} src {NODE_ADDRESS}",
        *(f"sysctl -q -w {setting}" for setting in SYSCTLS),
    ):
        run(command.split(), pid=pid)
    output(f"ip link add {NODE} type veth peer name eth0 netns {pid}".split())
    output(f"ip address add {HOST_ADDRESS}/30 dev {NODE}".split())
    output(f"ip link set {NODE} up".split())
    run(f"ip address add {LINK_ADDRESS}/30 dev eth0".split(), pid=pid)
    run(["ip", "link", "set", "eth0", "up"], pid=pid)
    for network in (POD_NETWORK, SERVICE_NETWORK):
        output(f"ip route add {network} via {LINK_ADDRESS}".split())


def stop() -> None:
    """Kill the machine; wait until its processes and its network are gone."""
    first = find()
    inside = [] if first is None else list(members(first))
    # Its first process, and the `unshare` that started it, or is about to.
    heads = [pid for pid, command in processes() if command[-len(INIT[1:]) :] == INIT[1:]]
    ending = [identity for pid in (*heads, *inside) if (identity := identify(pid))]
    for pid in heads:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if ending:
        wait_for(
            "The cluster's processes did not end",
            lambda: not any(alive(identity) for identity in ending),
            seconds=30,
            where="`ps -ef`",
        )
        wait_for("The network did not go", lambda: not LINK.exists(), seconds=10, where="`ip link`")


def members(pid: int) -> Iterator[int]:
    """The processes that run directly in the machine (containers have namespaces of their own)."""
    namespace = Path(f"/proc/{pid}/ns/pid").readlink()
    for member, _ in processes():
        try:
            if Path(f"/proc/{member}/ns/pid").readlink() == namespace:
                yield member
        except OSError:
            continue
