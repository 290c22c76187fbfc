"""What limits jobs on a cluster: its nodes, a quota, walls between pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import NODES, PODS, RESOURCE_QUOTAS
from longboat.backends.kubernetes.diagnosis.quantity import quantity_or_zero
from longboat.backends.kubernetes.diagnosis.refusal import amount_in_words
from longboat.backends.kubernetes.diagnosis.room import largest, node_room
from longboat.doctor.finding import Finding
from longboat.explain.words import count
from longboat.spec.cluster import ClusterConfig
from longboat.spec.quantities import format_cores, format_memory

Object = Mapping[str, Any]

_COUNTED = ("cpu", "memory", "gpu", "pods", "secrets")
"""What a job takes of a quota; a part of the counted name."""
_POLICY_PODS = {
    "kube-system": (
        "k8s-app in (calico-node, canal, cilium, kube-router, weave-net, azure-npm)",
        "app in (antrea, kindnet, kube-ovn-cni)",
    ),
    "calico-system": ("k8s-app=calico-node",),
    "openshift-ovn-kubernetes": ("app=ovnkube-node",),
}
"""Pods of controllers that are known to enforce network policies, by namespace."""


def nodes(access: Access, config: ClusterConfig) -> Iterator[Finding]:
    """How many nodes jobs may use, and how large the largest is."""
    if not access.allowed("list", NODES):
        return
    found = access.list(NODES).items
    rooms = node_room(
        found,
        selector=config.node_selector,
        tolerations=config.tolerations,
        gpu_resource=config.gpu_resource,
    )
    if not rooms:
        message = f"None of the {count(len(found), 'node')} may take jobs."
        fix = (
            f"Check `node_selector` and `tolerations` in [{config.name}] against the nodes' labels "
            "and taints."
        )
        yield Finding("nodes", "warn" if config.elastic else "bad", message, fix)
        return
    most = largest(rooms)
    amounts = f"{format_cores(most.cpu)}, {format_memory(most.memory)}, {count(most.gpu, 'GPU')}"
    message = f"Jobs may use {count(len(rooms), 'node')}; the most that one has: {amounts}."
    yield Finding("nodes", "ok", message)


def quota(access: Access) -> Iterator[Finding]:
    """What is left of each quota of the namespace."""
    if not access.allowed("list", RESOURCE_QUOTAS):
        return
    found = access.list(RESOURCE_QUOTAS).items
    for each in found:
        yield _quota(each)
    if not found:
        yield Finding("quota", "ok", "No quota limits the namespace.")


def _quota(found: Object) -> Finding:
    name, status = found["metadata"]["name"], found.get("status", {})
    hard, used = status.get("hard", {}), status.get("used", {})
    counted = [each for each in hard if any(word in each for word in _COUNTED)]
    amounts = [
        f"{amount_in_words(each, used.get(each, '0'))} of {amount_in_words(each, hard[each])} "
        f"({each})"
        for each in counted
    ]
    message = f"In use of the quota {name}: {', '.join(amounts) or 'nothing that jobs need'}."
    full = [
        each
        for each in counted
        if quantity_or_zero(used.get(each, "0")) >= quantity_or_zero(hard[each])
    ]
    if not full:
        return Finding("quota", "ok", message)
    fix = f"End other jobs, or ask the cluster's administrator to raise {', '.join(full)}."
    return Finding("quota", "warn", message, fix)


def network_policies(config: ClusterConfig) -> Iterator[Finding]:
    """Whether something is known to keep other pods from the replicas."""
    looked = False
    for place, selectors in _POLICY_PODS.items():
        access = Access(replace(config, namespace=place))
        if not access.allowed("list", PODS):
            continue
        looked = True
        if any(access.list(PODS, labels=selector).items for selector in selectors):
            message = "Network policies are probably enforced: only replicas reach each other."
            yield Finding("network-policies", "ok", message)
            return
    yield Finding("network-policies", "warn", *_open(looked))


def _open(looked: bool) -> tuple[str, str]:
    fix = "Ask the cluster's administrator whether its network enforces NetworkPolicy."
    if not looked:
        return "Whether network policies are enforced is not known without rights.", fix
    message = (
        "No controller of network policies is known here: other pods may reach the replicas, and "
        "TensorFlow asks nobody for a password."
    )
    return message, fix
