"""What runs on the cluster: its DNS, KWOK, and the controllers from their upstream manifests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from cluster import images, programs, services
from cluster.control_plane import kubectl
from cluster.errors import ClusterError, wait_for
from cluster.layout import HERE, INSIDE, INSIDE_CONFIG, INSIDE_PKI, STATE

MANIFESTS = STATE / "manifests"
COREDNS = [services.program("coredns"), f"-conf={INSIDE_CONFIG}/Corefile"]
KWOK = [
    services.program("kwok"),
    f"--kubeconfig={INSIDE_PKI}/admin.kubeconfig",
    f"--config={INSIDE}/state/kwok.yaml",
]
STAGES = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-delete.yaml",
)
"""KWOK's own, for nodes and pods; ours in config/kwok.yaml completes pods that carry its label."""


@dataclass(frozen=True)
class Controller:
    """A controller: the program, its module, and the folder of manifests in that module."""

    program: str
    module: str
    dependency: str
    manifests: str
    namespace: str


CONTROLLERS = (
    Controller("jobset", "jobset-trainer", "sigs.k8s.io/jobset", "config", "jobset-system"),
    Controller(
        "trainer",
        "jobset-trainer",
        "github.com/kubeflow/trainer/v2",
        "manifests",
        "kubeflow-system",
    ),
    Controller(
        "training-operator",
        "training-operator",
        "github.com/kubeflow/training-operator",
        "manifests",
        "kubeflow",
    ),
)


def start(say: Callable[[str], None]) -> None:
    """Start DNS and KWOK, install the controllers, and return when all of them work."""
    services.start(COREDNS)
    _write_kwok_configuration()
    services.start(KWOK)
    for controller in CONTROLLERS:
        _install(controller, say)
    wait()


def wait() -> None:
    """Return when all controllers work."""
    for controller in CONTROLLERS:
        status = ("rollout", "status", "deployment", "--timeout=180s")
        kubectl(*status, f"--namespace={controller.namespace}")
    where = "`kubectl get pods --all-namespaces`"
    wait_for("The controllers' webhooks did not answer", _webhooks_answer, seconds=60, where=where)


def _webhooks_answer() -> bool:
    """Whether objects of each kind would be accepted: being Ready does not say so yet."""
    try:
        kubectl("create", "--dry-run=server", f"--filename={HERE / 'config' / 'probe.yaml'}")
    except ClusterError:
        return False
    return True


def _install(controller: Controller, say: Callable[[str], None]) -> None:
    source = programs.folder_of(controller.module, controller.dependency) / controller.manifests
    target = MANIFESTS / controller.program / controller.manifests
    if not target.exists():
        shutil.copytree(source, target, copy_function=shutil.copyfile)
        _drop_remote(target)
    overlay = MANIFESTS / "addons" / controller.program
    ours = HERE / "config" / "addons" / controller.program
    shutil.copytree(ours, overlay, copy_function=shutil.copyfile, dirs_exist_ok=True)
    rendered = kubectl("kustomize", str(overlay))
    for reference in _images_in(rendered):
        image = images.controller(controller.program, reference)
        images.build(image, say)
        images.load(image)
    kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", given=rendered)


def _drop_remote(manifests: Path) -> None:
    """Leave out what upstream would fetch from elsewhere: JobSet is installed by itself."""
    for path in manifests.rglob("overlays/*/kustomization.yaml"):
        content = yaml.safe_load(path.read_text())
        kept = [item for item in content.get("resources", ()) if "third-party" not in item]
        path.write_text(yaml.safe_dump({**content, "resources": kept}))


def _images_in(rendered: str) -> Iterator[str]:
    """The images that the Deployments among rendered manifests ask for."""
    for item in yaml.safe_load_all(rendered):
        if item["kind"] == "Deployment":
            for container in item["spec"]["template"]["spec"]["containers"]:
                yield container["image"]


def _write_kwok_configuration() -> None:
    folder = programs.folder_of("kwok", "sigs.k8s.io/kwok") / "kustomize" / "stage"
    parts = [HERE / "config" / "kwok.yaml", *(folder / stage for stage in STAGES)]
    (STATE / "kwok.yaml").write_text("\n---\n".join(part.read_text() for part in parts))
