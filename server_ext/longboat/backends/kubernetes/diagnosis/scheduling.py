"""What the scheduler says of a pod that it finds no node for.

Its message (kube-scheduler's FitError) counts the nodes by the first filter that turned the pod
away: ``0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). …``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from longboat.backends.kubernetes.diagnosis.quantity import quantity_or_zero
from longboat.backends.kubernetes.diagnosis.room import is_selected, largest, node_room, untolerated
from longboat.explain.cause import Cause
from longboat.explain.words import count, one_line

Object = Mapping[str, Any]
Details = dict[str, str | int | float]

_WHOLE = re.compile(r"\d+/\d+ nodes are available: (.*?)\.?(?:\.\s.*)?", re.DOTALL)
_NEXT = re.compile(r", (?=\d+ )")
_PART = re.compile(r"(?:(\d+) )?(.*)", re.DOTALL)
_KINDS: Sequence[tuple[str, re.Pattern[str]]] = (
    ("claim-missing", re.compile(r'persistentvolumeclaim "([^"]+)" not found')),
    (
        "claim-unbound",
        re.compile(r"unbound immediate PersistentVolumeClaims|available persistent volumes"),
    ),
    ("volume-elsewhere", re.compile(r"PersistentVolume's node affinity|volume node affinity")),
    ("lacking", re.compile(r"Insufficient (\S+)")),
    ("pods", re.compile(r"Too many pods")),
    ("taint", re.compile(r"\btaint")),
    ("selector", re.compile(r"node affinity|node selector|NodeAffinity")),
    ("cordoned", re.compile(r"were unschedulable")),
)
"""From the last filter to the first: a node that fails a late one has passed those before it."""
_IN_WORDS = {
    "taint": "reserved by a taint",
    "selector": "without the labels that are asked for",
    "cordoned": "closed to new pods",
}


class Obstacle(NamedTuple):
    """Why some nodes do not take the pod."""

    kind: str
    """One of _KINDS, or ``other``."""
    nodes: int
    what: str
    """A resource, a claim; else the scheduler's words."""


def obstacles(message: str) -> list[Obstacle]:
    """Read the scheduler's message, the obstacle nearest to success first."""
    whole = _WHOLE.fullmatch(message)
    if whole is None:
        return []
    found = []
    for part in _NEXT.split(whole[1]):
        match = _PART.fullmatch(part)
        assert match is not None
        found.append(_obstacle(int(match[1] or 0), match[2]))
    order = [kind for kind, _ in _KINDS]
    return sorted(found, key=lambda o: order.index(o.kind) if o.kind in order else len(order))


def _obstacle(nodes: int, words: str) -> Obstacle:
    for kind, pattern in _KINDS:
        match = pattern.search(words)
        if match is not None:
            return Obstacle(kind, nodes, match[1] if match.groups() else words)
    return Obstacle("other", nodes, words)


def cause_unscheduled(
    message: str, pod: Object, details: Details, nodes: Sequence[Object] = ()
) -> Cause:
    """Say why no node takes the pod; ``details`` are the cause's own, such as ``replica``.

    ``nodes``, where they may be listed, tell what the largest one has.
    """
    found = obstacles(message)
    if not found:
        return Cause("no-node", {**details, "why": one_line(message)})
    first = found[0]
    match first.kind:
        case "claim-missing":
            return Cause("volume-missing", {**details, "volume": first.what})
        case "claim-unbound" | "volume-elsewhere":
            reason = "volume-unbound" if first.kind == "claim-unbound" else "volume-elsewhere"
            return Cause(reason, {**details, **_claim(pod)})
        case "lacking":
            lacking = [each.what for each in found if each.kind == "lacking"]
            others = _phrases(each for each in found if each.kind != "lacking")
            return _lacking(lacking, pod, {**details, **_listed("others", others)}, nodes)
        case "pods":
            return Cause("nodes-full", {**details, "resource": "pods"})
        case "taint" | "selector":
            return _unsuited(found, pod, details, nodes)
        case _:
            return Cause("no-node", {**details, "why": ", ".join(_phrases(found))})


def _lacking(
    lacking: Sequence[str], pod: Object, details: Details, nodes: Sequence[Object]
) -> Cause:
    """The resource that no node has at all, else the first that no node has free."""
    seen = [_details(name, pod, nodes) for name in lacking]
    hopeless = [each for each in seen if float(each.get("largest", "inf")) < _wanted(each)]
    if hopeless:
        return Cause("nodes-too-small", {**details, **hopeless[0]})
    return Cause("nodes-full", {**details, **_listed("also", lacking[1:]), **seen[0]})


def _wanted(details: Details) -> float:
    return float(details.get("wanted", 0))


def _details(name: str, pod: Object, nodes: Sequence[Object]) -> Details:
    wanted = float(sum(_asked(pod, name)))
    details: Details = {"resource": "gpu" if "/" in name else name}
    if "/" in name:
        details["device"] = name
    if wanted:
        details["wanted"] = wanted
    rooms = _rooms(pod, nodes, name)
    if rooms and details["resource"] in ("cpu", "memory", "gpu"):
        most = largest(rooms)
        amounts = {"cpu": most.cpu, "memory": most.memory, "gpu": most.gpu}
        details["largest"] = amounts[str(details["resource"])]
        if details["resource"] == "gpu" and not most.gpu:
            details["resource"] = "no-gpu"
    return details


def _asked(pod: Object, name: str) -> Iterable[float]:
    for container in pod.get("spec", {}).get("containers", ()):
        asked = container.get("resources", {})
        both = {**asked.get("limits", {}), **asked.get("requests", {})}
        yield float(quantity_or_zero(both.get(name, 0)))


def _rooms(pod: Object, nodes: Sequence[Object], name: str) -> Sequence[Any]:
    spec = pod.get("spec", {})
    return node_room(
        nodes,
        selector=spec.get("nodeSelector", {}),
        tolerations=spec.get("tolerations", ()),
        gpu_resource=name if "/" in name else "nvidia.com/gpu",
    )


def _unsuited(
    found: Sequence[Obstacle], pod: Object, details: Details, nodes: Sequence[Object]
) -> Cause:
    """No node that the pod may use at all: labels, taints, or some of each."""
    spec = pod.get("spec", {})
    selector = spec.get("nodeSelector", {})
    selected = [node for node in nodes if is_selected(node, selector)]
    kinds = {each.kind for each in found}
    if kinds == {"selector"} or (nodes and not selected):
        labels = ",".join(f"{key}={value}" for key, value in selector.items())
        return Cause("node-selector", {**details, **({"selector": labels} if labels else {})})
    taints = {t: None for n in selected for t in untolerated(n, spec.get("tolerations", ()))}
    if kinds == {"taint"} or taints:
        return Cause("node-taint", {**details, **_listed("taints", list(taints))})
    return Cause("no-node", {**details, "why": ", ".join(_phrases(found))})


def _phrases(found: Iterable[Obstacle]) -> list[str]:
    return [f"{count(each.nodes, 'node')} {_in_words(each)}".strip() for each in found]


def _in_words(obstacle: Obstacle) -> str:
    said = obstacle.what
    if said.startswith("node(s) "):
        said = f"that {said.removeprefix('node(s) ')}"
    return _IN_WORDS.get(obstacle.kind, said)


def _listed(name: str, words: Sequence[str]) -> Details:
    return {name: ",".join(words)} if words else {}


def _claim(pod: Object) -> Details:
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod.get("spec", {}).get("volumes", ())
        if "persistentVolumeClaim" in volume
    ]
    return {"volume": claims[0]} if len(claims) == 1 else {}
