"""What the nodes of a cluster can hold when nothing else runs on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from longboat.backends.kubernetes.diagnosis.quantity import quantity_or_zero
from longboat.errors import Problem
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec, Resources
from longboat.spec.quantities import format_cores, format_memory

Node = Mapping[str, Any]

_OF_THE_MOMENT = "node.kubernetes.io/"
"""Taints of this prefix come and go with a node's health."""


class Room(NamedTuple):
    """What one node can give to pods."""

    cpu: float
    """Cores."""
    memory: int
    """Bytes."""
    gpu: int

    def places(self, each: Resources) -> dict[str, int]:
        """How many replicas find enough of each resource that they ask for."""
        found = {
            # As tenths: 0.3 ÷ 0.1 is less than 3.
            "cpu": int(round(self.cpu * 10, 6) // round(each.cpu * 10)),
            "memory": self.memory // each.memory,
        }
        return {**found, "gpu": self.gpu // each.gpu} if each.gpu else found


def node_room(
    nodes: Iterable[Node],
    *,
    selector: Mapping[str, str] | None = None,
    tolerations: Sequence[Mapping[str, Any]] = (),
    gpu_resource: str = "nvidia.com/gpu",
) -> list[Room]:
    """Tell what each node has that ``selector`` chooses and whose taints are tolerated.

    A node that takes no pods at the moment (cordoned, not ready) counts: it may come back.
    """
    return [
        _room(node.get("status", {}).get("allocatable", {}), gpu_resource)
        for node in nodes
        if is_selected(node, selector or {}) and not untolerated(node, tolerations)
    ]


def largest(rooms: Sequence[Room]) -> Room:
    """Give the most that a node has of each; of nothing at all when there is no node."""
    return Room(
        max((room.cpu for room in rooms), default=0.0),
        max((room.memory for room in rooms), default=0),
        max((room.gpu for room in rooms), default=0),
    )


def is_selected(node: Node, selector: Mapping[str, str]) -> bool:
    """Whether the node has all labels that are asked for."""
    labels = node.get("metadata", {}).get("labels", {})
    return all(labels.get(key) == value for key, value in selector.items())


def untolerated(node: Node, tolerations: Sequence[Mapping[str, Any]]) -> list[str]:
    """List the lasting taints that keep such pods away, as kubectl writes them."""
    return [
        f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
        for taint in node.get("spec", {}).get("taints", ())
        if taint.get("effect") in ("NoSchedule", "NoExecute")
        and not taint["key"].startswith(_OF_THE_MOMENT)
        and not any(_tolerates(each, taint) for each in tolerations)
    ]


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """As the scheduler decides it; an empty key or effect means any."""
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    same_value = toleration.get("value", "") == taint.get("value", "")
    return bool(toleration.get("key")) and same_value


def _room(allocatable: Mapping[str, Any], gpu_resource: str) -> Room:
    amounts = {
        name: quantity_or_zero(allocatable.get(name, 0)) for name in ("cpu", "memory", gpu_resource)
    }
    cpu, memory, gpu = amounts["cpu"], amounts["memory"], amounts[gpu_resource]
    return Room(float(cpu), int(memory), int(gpu))


def problems_of_room(spec: JobSpec, config: ClusterConfig, nodes: Sequence[Node]) -> list[Problem]:
    """List what no node can ever hold, or all together cannot; nothing on an elastic cluster."""
    if config.elastic or not nodes:
        return []
    rooms = node_room(
        nodes,
        selector=config.node_selector,
        tolerations=config.tolerations,
        gpu_resource=config.gpu_resource,
    )
    if not rooms:
        return [_no_node(config, len(nodes))]
    return _too_large(spec, config, rooms) or _too_many(spec, config, rooms)


def _no_node(config: ClusterConfig, nodes: int) -> Problem:
    message = (
        f"None of the {nodes} nodes of {config.name} may take jobs: check `node_selector` and "
        "`tolerations` of its table in clusters.toml against the nodes' labels and taints."
    )
    return Problem("backend", message)


def _too_large(spec: JobSpec, config: ClusterConfig, rooms: Sequence[Room]) -> list[Problem]:
    """What one replica asks for and no node has."""
    each, most = spec.resources, largest(rooms)
    problems = []
    if round(each.cpu * 10) > round(most.cpu * 10, 6):
        problems.append(_of_one("cpu", format_cores(each.cpu), format_cores(most.cpu), config))
    if each.memory > most.memory:
        amounts = format_memory(each.memory), format_memory(most.memory)
        problems.append(_of_one("memory", *amounts, config))
    if each.gpu > most.gpu:
        problems.append(_gpu(each.gpu, most.gpu, config))
    if not problems and not any(min(room.places(each).values()) for room in rooms):
        problems.append(_together(each, config))
    return problems


def _of_one(field: str, wanted: str, most: str, config: ClusterConfig) -> Problem:
    message = (
        f"A replica asks for {wanted}, and the largest node of {config.name} has {most}; ask for "
        f"less with --{field}."
    )
    return Problem(field, message)


def _gpu(wanted: int, most: int, config: ClusterConfig) -> Problem:
    if most:
        return _of_one("gpu", _gpus(wanted), _gpus(most), config)
    message = (
        f"No node of {config.name} offers {config.gpu_resource}; leave --gpu out, or set "
        "`gpu_resource` of its table in clusters.toml to the name under which nodes offer GPUs."
    )
    return Problem("gpu", message)


def _together(each: Resources, config: ClusterConfig) -> Problem:
    gpus = f" and {_gpus(each.gpu)}" if each.gpu else ""
    amounts = f"{format_cores(each.cpu)}, {format_memory(each.memory)}{gpus}"
    message = (
        f"No node of {config.name} has {amounts.replace(', ', ' and ', not gpus)} together; ask "
        "for less with --cpu or --memory."
    )
    return Problem("cpu", message)


def _too_many(spec: JobSpec, config: ClusterConfig, rooms: Sequence[Room]) -> list[Problem]:
    """All replicas run at once, each whole on one node; they are alike, so counting is exact."""
    wanted, places = len(spec.replicas), [room.places(spec.resources) for room in rooms]
    found = sum(min(each.values()) for each in places)
    if found >= wanted:
        return []
    field = min(places[0], key=lambda name: sum(each[name] for each in places))
    message = (
        f"{config.name} has room for {found} of {wanted} replicas at once: its nodes have "
        f"{_sum(field, rooms)} in all; ask for less with --{field}, or for fewer replicas."
    )
    return [Problem(field, message)]


def _sum(field: str, rooms: Sequence[Room]) -> str:
    match field:
        case "cpu":
            return format_cores(sum(room.cpu for room in rooms))
        case "memory":
            return format_memory(sum(room.memory for room in rooms))
        case _:
            return _gpus(sum(room.gpu for room in rooms))


def _gpus(count: int) -> str:
    return f"{count} GPU{'' if count == 1 else 's'}"
