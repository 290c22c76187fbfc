"""What a cluster does not let in, and what to ask of whom."""

from __future__ import annotations

from collections.abc import Mapping

from longboat.explain.row import Row

_QUOTA = (
    "The quota {quota} of the namespace allows {limited} of {counted}: {used} in use, {requested} "
    "more asked."
)
_RAISE = "ask the cluster's administrator to raise {counted} of the quota {quota}."
_DOCTOR = "longboat doctor --on NAME lists every right that is needed."

REFUSAL_ROWS: Mapping[str, Row] = {
    "quota-exceeded": Row(
        _QUOTA,
        f"End jobs of this namespace that are not needed, or {_RAISE}",
        by="resource",
        variants={
            "cpu": Row(
                _QUOTA, f"Ask for less with --cpu or --workers, end other jobs, or {_RAISE}"
            ),
            "memory": Row(
                _QUOTA, f"Ask for less with --memory or --workers, end other jobs, or {_RAISE}"
            ),
            "gpu": Row(
                _QUOTA, f"Ask for less with --gpu or --workers, end other jobs, or {_RAISE}"
            ),
            "pods": Row(_QUOTA, f"Ask for fewer --workers, end other jobs, or {_RAISE}"),
        },
    ),
    "quota-unspecified": Row(
        "The quota {quota} of the namespace wants every pod to say {resource}, which Longboat "
        "does not set.",
        "Ask the cluster's administrator for a LimitRange in this namespace with a default for "
        "{resource}.",
    ),
    "limits-range": Row(
        "In this namespace a {per} has at {bound} {allowed} of {resource}; asked: {asked}.",
        "Ask for an amount within that, or ask the cluster's administrator to change the "
        "LimitRange of the namespace.",
        by="resource",
        variants={
            "cpu": Row(
                "In this namespace a {per} has at {bound} {allowed}; asked: {asked}.",
                "Ask for an amount within that with --cpu, or ask the cluster's administrator to "
                "change the LimitRange of the namespace.",
            ),
            "memory": Row(
                "In this namespace a {per} has at {bound} {allowed} of memory; asked: {asked}.",
                "Ask for an amount within that with --memory, or ask the cluster's administrator "
                "to change the LimitRange of the namespace.",
            ),
        },
    ),
    "pod-security": Row(
        "The namespace admits only pods of the security standard {level}[: {why}]",
        "Ask the cluster's administrator for the label "
        "pod-security.kubernetes.io/enforce=baseline on the namespace.",
    ),
    "admission-denied": Row(
        "A rule of the cluster ({by}) does not admit this job[: {why}]",
        "Change what it names, or ask the cluster's administrator about that rule.",
    ),
    "webhook-gone": Row(
        "The cluster asks {by} about every such object, and it does not answer[: {why}]",
        "Tell the cluster's administrator: the webhook {by} does not answer; its controller may "
        "be down.",
    ),
    "forbidden": Row(
        "You ({user}) may not {verb} {resource}[ in the namespace {namespace}].",
        "Ask the cluster's administrator for a Role with the verb {verb} on {resource}[ in the "
        f"namespace {{namespace}}], bound to {{user}}; {_DOCTOR}",
    ),
    "login-refused": Row(
        "The cluster does not accept the credentials of the kubeconfig.",
        "Log in to the cluster again.",
    ),
    "service-account-missing": Row(
        "There is no service account {account} in the namespace.",
        "Mend `service_account` of the cluster's table in clusters.toml, or create it with "
        "kubectl create serviceaccount.",
    ),
    "namespace-missing": Row(
        "There is no namespace {namespace} on the cluster.",
        "Mend `namespace` of the cluster's table in clusters.toml, or ask the cluster's "
        "administrator for that namespace.",
    ),
    "namespace-ending": Row(
        "The namespace {namespace} is being deleted.",
        "Wait until it is gone and create it anew, or name another one with `namespace` of the "
        "cluster's table in clusters.toml.",
    ),
    "namespace-deleted": Row(
        "The namespace {namespace} was deleted, and all of the job with it.",
        "Create it anew, or name another one with `namespace` of the cluster's table in "
        "clusters.toml; then start the job once more with again.",
    ),
    "kind-missing": Row(
        "The cluster does not know this kind of job.",
        "Ask the cluster's administrator to install Kubeflow Trainer 2; longboat doctor --on NAME "
        "says what is there.",
    ),
    "too-large-to-send": Row(
        "The files of the job are more than the cluster takes[: {error}]",
        "Send fewer of them, with --file or a .gitignore, or set `volume` of the cluster's table "
        "in clusters.toml.",
    ),
    "object-invalid": Row(
        "The cluster takes the job's {kind} for invalid[: {why}]",
        "Change what it names; if that is nothing of yours, Longboat does not suit this version "
        "of Kubernetes: longboat doctor --on NAME says which it is.",
    ),
    "cluster-refused": Row(
        "The cluster refuses the job[: {why}]",
        f"Tell the cluster's administrator this sentence; {_DOCTOR}",
    ),
}
