"""Why the API server did not create an object: from its Status to a cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from longboat.backends.kubernetes.diagnosis.quantity import quantity_or_zero
from longboat.explain.cause import Cause
from longboat.explain.words import one_line
from longboat.spec.quantities import format_cores, format_memory

Details = dict[str, str | int | float]

_LONGEST = 1000
_QUOTA = re.compile(
    r"exceeded quota: (\S+), requested: (\S+), used: (\S+), limited: (\S+)", re.DOTALL
)
_UNSPECIFIED = re.compile(r"failed quota: (\S+): must specify (\S+)")
_LIMIT_RANGE = re.compile(
    r"(maximum|minimum) (\S+) usage per (\w+) is ([^\s,]+), but (?:limit|request) is ([^\s,]+)"
)
_POD_SECURITY = re.compile(r'violates PodSecurity "([^":]+)[^"]*": (.*)', re.DOTALL)
_IN_BRACKETS = re.compile(r" \((?:[^()]|\([^()]*\))*\)")
_DENIED = re.compile(r'admission webhook "([^"]+)" denied the request(?:: (.*))?', re.DOTALL)
_POLICY = re.compile(
    r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)", re.DOTALL
)
_WEBHOOK_GONE = re.compile(r'failed calling webhook "([^"]+)": (.*)', re.DOTALL)
_FORBIDDEN = re.compile(
    r'User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"'
    r'(?: in the namespace "([^"]+)")?'
)
_ACCOUNT = re.compile(r'serviceaccount "([^"]+)" not found')
_NO_NAMESPACE = re.compile(r'namespaces "([^"]+)" not found')
_ENDING = re.compile(r"in namespace (\S+) because it is being terminated")
_NO_KIND = re.compile(r"page not found|could not find the requested resource|no matches for kind")
_TOO_LARGE = re.compile(r"Too long: may not be|must have at most \d+ bytes|[Rr]equest.* too large")


def cause_of_refusal(status: int, reason: str, message: str, details: Mapping[str, Any]) -> Cause:
    """Say why an object was refused; the arguments are those of the Status object.

    ``status`` is its code, an HTTP status. The words are of Kubernetes 1.25 to 1.36.
    """
    for pattern, read in _READERS:
        match = pattern.search(message)
        if match is not None:
            return read(match)
    why = one_line(message or reason, _LONGEST)
    if status == 401:
        return Cause("login-refused")
    if status == 413:
        return Cause("too-large-to-send", {"error": why})
    if status in (400, 422):
        return Cause("object-invalid", {**_object(details), "why": why})
    return Cause("cluster-refused", {**_object(details), "why": why})


def _object(details: Mapping[str, Any]) -> Details:
    kind = details.get("kind")
    return {"kind": str(kind)} if kind else {}


def _quota(match: re.Match[str]) -> Cause:
    """Only what is exceeded is listed; the first says enough."""
    requested, used, limited = (_amounts(match[n]) for n in (2, 3, 4))
    resource = next(iter(requested))
    about: Details = {"quota": match[1], "resource": _plain(resource), "counted": resource}
    for name, amounts in (("requested", requested), ("used", used), ("limited", limited)):
        about[name] = amount_in_words(resource, amounts.get(resource, "0"))
    return Cause("quota-exceeded", about)


def _amounts(text: str) -> dict[str, str]:
    return {name: amount for name, _, amount in (pair.partition("=") for pair in text.split(","))}


def _plain(resource: str) -> str:
    """Name what is counted as options do: ``requests.cpu`` is ``cpu``."""
    plain = resource.removeprefix("requests.").removeprefix("limits.")
    return "gpu" if "/" in plain and not plain.startswith("count/") else plain


def amount_in_words(resource: str, amount: str) -> str:
    """Write an amount of a resource for people: ``1.5 cores``, ``2 GiB``, ``3``."""
    value = quantity_or_zero(amount)
    match _plain(resource):
        case "cpu":
            return format_cores(float(value))
        case "memory" | "storage" | "ephemeral-storage":
            return format_memory(int(value))
        case _:
            return amount


def _limit_range(match: re.Match[str]) -> Cause:
    bound, resource, per, allowed, asked = match.groups()
    return Cause(
        "limits-range",
        {
            "resource": resource,
            "bound": "most" if bound == "maximum" else "least",
            "per": per.lower(),
            "allowed": amount_in_words(resource, allowed),
            "asked": amount_in_words(resource, asked),
        },
    )


def _pod_security(match: re.Match[str]) -> Cause:
    rules = _IN_BRACKETS.sub("", match[2])
    return Cause("pod-security", {"level": match[1], "why": one_line(rules, _LONGEST)})


def _denied(match: re.Match[str]) -> Cause:
    said = {"why": one_line(match[2], _LONGEST)} if match[2] else {}
    return Cause("admission-denied", {"by": match[1], **said})


def _forbidden(match: re.Match[str]) -> Cause:
    user, verb, resource, group, namespace = match.groups()
    full = f"{resource}.{group}" if group else resource
    where = {"namespace": namespace} if namespace else {}
    return Cause("forbidden", {"user": user, "verb": verb, "resource": full, **where})


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Cause]], ...] = (
    (_ENDING, lambda match: Cause("namespace-ending", {"namespace": match[1]})),
    (_QUOTA, _quota),
    (
        _UNSPECIFIED,
        lambda match: Cause("quota-unspecified", {"quota": match[1], "resource": match[2]}),
    ),
    (_LIMIT_RANGE, _limit_range),
    (_POD_SECURITY, _pod_security),
    (_DENIED, _denied),
    (_POLICY, _denied),
    (
        _WEBHOOK_GONE,
        lambda match: Cause("webhook-gone", {"by": match[1], "why": one_line(match[2])}),
    ),
    (_FORBIDDEN, _forbidden),
    (_ACCOUNT, lambda match: Cause("service-account-missing", {"account": match[1]})),
    (_NO_NAMESPACE, lambda match: Cause("namespace-missing", {"namespace": match[1]})),
    (_TOO_LARGE, lambda match: Cause("too-large-to-send", {"error": one_line(match.string)})),
    (_NO_KIND, lambda match: Cause("kind-missing")),
)
"""The first that matches counts."""
