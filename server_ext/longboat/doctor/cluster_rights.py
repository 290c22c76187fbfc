"""What may be done in the namespace, compared with what a job needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.api.kinds import (
    BATCH_JOBS,
    CONFIG_MAPS,
    EVENTS,
    NETWORK_POLICIES,
    NODES,
    POD_LOGS,
    PODS,
    RESOURCE_QUOTAS,
    SECRETS,
    TF_JOBS,
    TRAIN_JOBS,
    TRAINING_RUNTIMES,
    VOLUME_CLAIMS,
    Kind,
)
from longboat.doctor.cluster_engine import used_kind
from longboat.doctor.finding import Finding
from longboat.errors import LongboatError
from longboat.explain.words import listing
from longboat.spec.cluster import ClusterConfig

Rights = Mapping[Kind, Sequence[str]]

_OBJECT = ("create", "get", "delete")
_JOB = ("create", "get", "list", "watch", "patch", "delete")
ALWAYS: Rights = {
    SECRETS: _OBJECT,
    NETWORK_POLICIES: _OBJECT,
    PODS: ("get", "list", "watch"),
    POD_LOGS: ("get",),
}
"""What sending, following and ending a job asks of the API; nobody may list Secrets for it."""
OF_ENGINE: Mapping[Kind, Rights] = {
    TRAIN_JOBS: {TRAIN_JOBS: _JOB, TRAINING_RUNTIMES: (*_OBJECT, "patch")},
    TF_JOBS: {TF_JOBS: _JOB},
}
OPTIONAL: Mapping[Kind, tuple[str, str]] = {
    CONFIG_MAPS: ("create", "models that jobs leave are noted here only, and not on the cluster"),
    EVENTS: ("list", "why pods do not come is told in fewer words"),
    NODES: ("list", "what no node can hold is not refused at submit"),
    RESOURCE_QUOTAS: ("list", "this doctor cannot tell what is left of the quota"),
    VOLUME_CLAIMS: ("get", "this doctor cannot look at the volume"),
}
"""A verb, and what goes without it."""
OF_VOLUME: Mapping[Kind, tuple[Sequence[str], str]] = {
    PODS: (
        ("create", "delete"),
        "what a pod could not send is not fetched from the volume, as if there were none",
    ),
    BATCH_JOBS: (
        _OBJECT,
        "more than 16 MiB of files cannot be sent, and what removed jobs had stays there",
    ),
}
"""What it takes to look after a shared volume, and what goes without it."""
_REVIEWS = Kind(
    "authentication.k8s.io/v1", "selfsubjectreviews", "SelfSubjectReview", namespaced=False
)


def rights(access: Access, config: ClusterConfig) -> Iterator[Finding]:
    """Whether every right is there, each that is missing by its name, and what to ask for."""
    offered = access.offers()
    there = [kind for kind in (TRAIN_JOBS, TF_JOBS) if kind in offered] or [TRAIN_JOBS]
    needed = {**OF_ENGINE[used_kind(config, there)], **ALWAYS}
    missing = {
        kind: lacking
        for kind, verbs in needed.items()
        if (lacking := [verb for verb in verbs if not access.allowed(verb, kind)])
    }
    if missing:
        yield _missing(missing, access)
    else:
        verbs = sum(map(len, needed.values()))
        message = f"You may do all that a job needs in {access.namespace} ({verbs} rights)."
        yield Finding("rights", "ok", message)
    yield from _optional(access)
    if config.volume is not None:
        yield from _of_volume(access)


def _missing(missing: Rights, access: Access) -> Finding:
    lacking = ",".join(f"{'/'.join(verbs)} {_full(kind)}" for kind, verbs in missing.items())
    message = f"In the namespace {access.namespace} you may not {listing(lacking)}."
    rules = "; ".join(f"{', '.join(verbs)} on {_full(kind)}" for kind, verbs in missing.items())
    fix = (
        f"Ask the cluster's administrator for a Role in {access.namespace}, bound to "
        f"{_user(access)}: {rules}."
    )
    return Finding("rights", "bad", message, fix)


def _full(kind: Kind) -> str:
    """As ``kubectl auth can-i`` and Roles name it."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def _user(access: Access) -> str:
    """As whom the cluster knows us; API servers before 1.28 do not say."""
    try:
        answer = access.create(_REVIEWS, {"metadata": {}})
        return str(answer["status"]["userInfo"]["username"])
    except (LongboatError, KeyError):
        return "you"


def _of_volume(access: Access) -> Iterator[Finding]:
    for kind, (verbs, without) in OF_VOLUME.items():
        lacking = "/".join(verb for verb in verbs if not access.allowed(verb, kind))
        if lacking:
            message = f"You may not {lacking} {_full(kind)}: {without}."
            fix = f"Ask the cluster's administrator for {', '.join(verbs)} on {_full(kind)}."
            yield Finding("rights", "warn", message, fix)


def _optional(access: Access) -> Iterator[Finding]:
    for kind, (verb, without) in OPTIONAL.items():
        if not access.allowed(verb, kind):
            message = f"You may not {verb} {_full(kind)}: {without}."
            fix = f"If you want it, ask the cluster's administrator for {verb} on {_full(kind)}."
            yield Finding("rights", "warn", message, fix)
