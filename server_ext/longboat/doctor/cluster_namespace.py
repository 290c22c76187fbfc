"""The namespace of jobs, and what their pods find in it: storage, logins, an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import SECRETS, VOLUME_CLAIMS, Kind
from longboat.doctor.finding import Finding
from longboat.spec.cluster import ClusterConfig

Object = Mapping[str, Any]

NAMESPACES = Kind("v1", "namespaces", "Namespace", namespaced=False)
SERVICE_ACCOUNTS = Kind("v1", "serviceaccounts", "ServiceAccount")
_ENFORCED = "pod-security.kubernetes.io/enforce"


def namespace(access: Access) -> Iterator[Finding]:
    """Whether the namespace is there, stays, and admits the pods of jobs."""
    name = access.namespace
    try:
        found = access.get(NAMESPACES, name)
    except Refused:
        yield _namespace_by_trial(access)
        return
    if found is None:
        yield _no_namespace(name)
        return
    if found.get("status", {}).get("phase") == "Terminating":
        message = f"The namespace {name} is being deleted."
        fix = "Wait until it is gone and create it anew, or set `namespace` to another."
        yield Finding("namespace", "bad", message, fix)
        return
    if found["metadata"].get("labels", {}).get(_ENFORCED) == "restricted":
        message = f"The namespace {name} admits only pods of the security standard restricted."
        fix = f"If jobs are refused, ask the cluster's administrator for {_ENFORCED}=baseline."
        yield Finding("namespace", "warn", message, fix)
        return
    yield Finding("namespace", "ok", f"The namespace is {name}.")


def _namespace_by_trial(access: Access) -> Finding:
    """Without the right to read it: what is created in one that is missing is not found."""
    try:
        access.create(SECRETS, {"metadata": {"name": "longboat-doctor"}}, dry_run=True)
    except Refused as error:
        if error.status == 404:
            return _no_namespace(access.namespace)
        message = f"Whether the namespace {access.namespace} is there is not known without rights."
        return Finding("namespace", "warn", message)
    return Finding("namespace", "ok", f"The namespace is {access.namespace}.")


def _no_namespace(name: str) -> Finding:
    fix = "Set `namespace` in clusters.toml to one that is, or ask for it to be created."
    return Finding("namespace", "bad", f"There is no namespace {name}.", fix)


def volume(access: Access, config: ClusterConfig) -> Iterator[Finding]:
    """Whether the shared volume is there, bound, and open to many nodes at once."""
    if config.volume is None:
        message = (
            "There is no shared volume: checkpoints end with the attempt that wrote them, and what "
            "is lost on the way from a pod cannot be fetched."
        )
        fix = f"If you want it, set `volume` in [{config.name}] to a claim with ReadWriteMany."
        yield Finding("volume", "ok", message, fix)
        return
    try:
        claim = access.get(VOLUME_CLAIMS, config.volume)
    except Refused:
        message = f"Whether the volume {config.volume} is there is not known without rights."
        yield Finding("volume", "warn", message)
        return
    yield _no_volume(access, config) if claim is None else _claim(claim, config.volume)


def _no_volume(access: Access, config: ClusterConfig) -> Finding:
    message = f"There is no volume {config.volume} in the namespace {access.namespace}."
    fix = "Create a PersistentVolumeClaim of that name, or mend `volume` in clusters.toml."
    return Finding("volume", "bad", message, fix)


def _claim(claim: Object, name: str) -> Finding:
    status = claim.get("status", {})
    if status.get("phase") == "Lost":
        message = f"The storage behind the volume {name} is gone."
        return Finding("volume", "bad", message, "Create the PersistentVolumeClaim anew.")
    if status.get("phase") != "Bound":
        message = f"The volume {name} has no storage behind it yet."
        fix = f"kubectl describe pvc {name} says what is missing; some wait for the first pod."
        return Finding("volume", "warn", message, fix)
    modes = status.get("accessModes") or claim.get("spec", {}).get("accessModes", [])
    if "ReadWriteMany" not in modes:
        message = f"The volume {name} can be written from one node at a time ({', '.join(modes)})."
        fix = "Jobs whose replicas are to run on several nodes need a claim with ReadWriteMany."
        return Finding("volume", "warn", message, fix)
    return Finding("volume", "ok", f"The volume {name} is there, for many nodes at once.")


def pull_secrets(access: Access, config: ClusterConfig) -> Iterator[Finding]:
    """Whether the logins for registries are there; their content is not looked at."""
    for name in config.image_pull_secrets:
        yield _named(access, SECRETS, name, "pull-secrets", "image_pull_secrets")


def service_account(access: Access, config: ClusterConfig) -> Iterator[Finding]:
    """Whether the account that pods run under is there."""
    if config.service_account is not None:
        account = config.service_account
        yield _named(access, SERVICE_ACCOUNTS, account, "service-account", "service_account")


def _named(access: Access, kind: Kind, name: str, area: str, key: str) -> Finding:
    try:
        found = access.get(kind, name)
    except Refused:
        return Finding(area, "warn", f"Whether the {kind.kind} {name} is there is not known.")
    if found is None:
        message = f"There is no {kind.kind} {name} in the namespace {access.namespace}."
        return Finding(area, "bad", message, f"Create it, or mend `{key}` in clusters.toml.")
    return Finding(area, "ok", f"The {kind.kind} {name} is there.")
