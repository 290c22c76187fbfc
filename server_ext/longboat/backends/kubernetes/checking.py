"""What can never work on a cluster, told before anything is sent."""

from __future__ import annotations

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import NODES
from longboat.backends.kubernetes.diagnosis.causes import problems_of_room
from longboat.errors import Problem
from longboat.spec.cluster import ClusterConfig, Engine
from longboat.spec.job import JobSpec


def check(spec: JobSpec, config: ClusterConfig, access: Access, engine: Engine) -> list[Problem]:
    """List all of it. Raises Unavailable when the cluster cannot be asked.

    ``engine`` is what will run it; that there is one has been asked by then.
    """
    problems = [
        *_image(spec, config),
        *_interpreter(spec),
        *_evaluator(spec, config),
        *_requirements(spec, config),
    ]
    if not config.elastic and access.allowed("list", NODES):
        nodes, _ = access.list(NODES)
        problems += problems_of_room(spec, config, nodes)
    return problems


def _image(spec: JobSpec, config: ClusterConfig) -> list[Problem]:
    if spec.image or config.image:
        return []
    message = (
        f"The cluster {config.name} has no default image; name one with --image, or set `image` "
        "in its table of clusters.toml."
    )
    return [Problem("image", message)]


def _interpreter(spec: JobSpec) -> list[Problem]:
    if spec.python is None:
        return []
    return [Problem("python", "On a cluster the image brings the interpreter; choose it by image.")]


def _requirements(spec: JobSpec, config: ClusterConfig) -> list[Problem]:
    if not spec.requirements or spec.volume or config.volume:
        return []
    message = (
        "On a cluster they are installed on a volume that its pods share; name one with --volume, "
        "or set `volume` in the cluster's table of clusters.toml. Or choose an image that has them."
    )
    return [Problem("requirements", message)]


def _evaluator(spec: JobSpec, config: ClusterConfig) -> list[Problem]:
    """What it evaluates are checkpoints of another pod."""
    if not spec.evaluator or spec.volume or config.volume:
        return []
    message = (
        "An evaluator reads what the others save, which takes a volume that they share; name one "
        "with --volume, or set `volume` in the cluster's table of clusters.toml."
    )
    return [Problem("evaluator", message)]
