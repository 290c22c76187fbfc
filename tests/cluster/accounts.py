"""Service accounts with chosen rights, and kubeconfigs of theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import kubernetes
import yaml

from cluster.client import Cluster

GROUP = "rbac.authorization.k8s.io"
ROLE = Path(__file__).parents[2] / "spawner/deploy/user-role.yaml"
Rule = dict[str, Any]


def rules_of_role() -> list[Rule]:
    """What those may do who have the role that we ship."""
    rules: list[Rule] = yaml.safe_load(ROLE.read_text())["rules"]
    return rules


def make_account(cluster: Cluster, name: str, rules: Sequence[Rule]) -> str:
    """Make a service account that may do what the rules say, and no more; give a token of it."""
    core, namespace = cluster.core, cluster.namespace
    core.create_namespaced_service_account(namespace, {"metadata": {"name": name}})
    role = {"metadata": {"name": name}, "rules": list(rules)}
    _rbac(cluster).create_namespaced_role(namespace, role)
    give_rights(cluster, name)
    made = core.create_namespaced_service_account_token(name, namespace, {"spec": {}})
    token: str = made.status.token
    return token


def give_rights(cluster: Cluster, name: str) -> None:
    """Bind an account to its role."""
    binding = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": cluster.namespace}],
    }
    _rbac(cluster).create_namespaced_role_binding(cluster.namespace, binding)


def take_rights(cluster: Cluster, name: str) -> None:
    """Take all rights of an account away."""
    _rbac(cluster).delete_namespaced_role_binding(name, cluster.namespace)


def _rbac(cluster: Cluster) -> kubernetes.client.RbacAuthorizationV1Api:
    return kubernetes.client.RbacAuthorizationV1Api(cluster.core.api_client)


def write_kubeconfig(path: Path, admin: Path, token: str) -> None:
    """Write the administrator's kubeconfig with a token in place of every login."""
    made: dict[str, Any] = yaml.safe_load(admin.read_text())
    for user in made["users"]:
        user["user"] = {"token": token}
    path.write_text(json.dumps(made))
