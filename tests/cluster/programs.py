"""Building the programs from the Go modules under go/."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.commands import output
from cluster.errors import ClusterError
from cluster.layout import BIN, HERE
from longboat.system.files import write_atomic

GO = HERE / "go"
KUBERNETES = "k8s.io/kubernetes/cmd"
STRIPPED = "-s -w"
"""To the linker: leave out what debuggers read, half the size."""


@dataclass(frozen=True)
class Module:
    """A go.mod under go/, and the package that each program is built from."""

    name: str
    programs: dict[str, str]


MODULES = (
    Module(
        "kubernetes",
        {
            "kube-apiserver": f"{KUBERNETES}/kube-apiserver",
            "kube-controller-manager": f"{KUBERNETES}/kube-controller-manager",
            "kube-scheduler": f"{KUBERNETES}/kube-scheduler",
            "kubelet": f"{KUBERNETES}/kubelet",
            "kube-proxy": f"{KUBERNETES}/kube-proxy",
            "kubectl": f"{KUBERNETES}/kubectl",
            "etcd": "go.etcd.io/etcd/server/v3",
        },
    ),
    Module("coredns", {"coredns": "github.com/coredns/coredns"}),
    Module("kwok", {"kwok": "sigs.k8s.io/kwok/cmd/kwok"}),
    Module(
        "jobset-trainer",
        {
            "jobset": "sigs.k8s.io/jobset",
            "trainer": "github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager",
        },
    ),
    Module(
        "training-operator",
        {"training-operator": "github.com/kubeflow/training-operator/cmd/training-operator.v1"},
    ),
)


def build(say: Callable[[str], None]) -> None:
    """Build what is not built yet from these go.mod files, the biggest module first."""
    BIN.mkdir(parents=True, exist_ok=True)
    for module in MODULES:
        stamp = BIN / f".{module.name}.stamp"
        wanted = _stamp_of(module)
        if stamp.is_file() and stamp.read_bytes() == wanted:
            continue
        say(f"Building {', '.join(module.programs)} (minutes the first time) …")
        started = time.monotonic()
        for program, package in module.programs.items():
            _build(module, program, package)
        write_atomic(stamp, wanted)
        say(f"Built the module {module.name} in {time.monotonic() - started:.0f} s.")


def folder_of(module: str, dependency: str) -> Path:
    """Where the source of a dependency lies: upstream's manifests come with it."""
    _go(module, "mod", "download", dependency)
    return Path(_go(module, "list", "-m", "-f", "{{.Dir}}", dependency).strip())


def _build(module: Module, program: str, package: str) -> None:
    partial = BIN / f".{program}.partial"
    version = _version_flags() if module.name == "kubernetes" else ""
    _go(module.name, "build", f"-ldflags={STRIPPED} {version}", "-o", str(partial), package)
    partial.rename(BIN / program)


@functools.cache
def _version_flags() -> str:
    """Have Kubernetes say its version, as its releases do: the source alone does not know it."""
    version = _go("kubernetes", "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes").strip()
    major, minor, _ = version.removeprefix("v").split(".")
    told = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    place = "k8s.io/component-base/version"
    return " ".join(f"-X {place}.{name}={value}" for name, value in told.items())


def _stamp_of(module: Module) -> bytes:
    content = hashlib.sha256(repr((module.programs, STRIPPED)).encode())
    for name in ("go.mod", "go.sum"):
        content.update((GO / module.name / name).read_bytes())
    return content.hexdigest().encode()


def _go(module: str, *arguments: str) -> str:
    """Run go in a module's folder, and give what it printed."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    return output([_find_go(), *arguments], folder=GO / module, environment=environment)


def _find_go() -> str:
    """Go's own program; what is missing without it is said in a sentence."""
    found = shutil.which("go")
    if found is None:
        raise ClusterError(
            "The test cluster is built from Go modules, and there is no `go` on the PATH. "
            "Install Go 1.26 or later, or set KUBECONFIG to test on a cluster of your own."
        )
    return found
