"""Why a container does not begin: what the kubelet says of its image, its settings, its command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from longboat.explain.cause import Cause
from longboat.explain.words import one_line

Details = dict[str, str | int | float]


class Trouble(NamedTuple):
    """Why a pod does not begin."""

    cause: Cause
    hopeless: bool
    """Waiting cannot help."""


_IMAGE = re.compile(r'image "([^"]+)"')
_PULL: Sequence[tuple[str, re.Pattern[str]]] = (
    ("image-not-on-node", re.compile(r"pull policy of Never")),
    ("image-invalid", re.compile(r"couldn't parse image name|invalid reference format")),
    (
        "image-forbidden",
        re.compile(r"\b40[13]\b|unauthorized|denied|forbidden|authorization failed", re.I),
    ),
    ("image-platform", re.compile(r"no match for platform|no matching manifest", re.I)),
    (
        "registry-unreachable",
        re.compile(r"dial tcp|failed to do request|i/o timeout|x509|TLS handshake|no such host"),
    ),
    ("image-missing", re.compile(r"not found|manifest unknown|does not exist", re.I)),
)
"""In what containerd, CRI-O and Docker say; the first that matches counts."""
_INNERMOST = re.compile(r"(?:dial tcp|x509|remote error|http: server|tls):? .*", re.DOTALL)
_MISSING = re.compile(r'(secret|configmap) "([^"]+)" not found')
_NO_KEY = re.compile(r"couldn't find key (\S+) in (Secret|ConfigMap) (\S+?)/(\S+)")
_AS_ROOT = re.compile(r"non-root policy|runAsNonRoot")
_NO_COMMAND = re.compile(
    r'exec:? "([^"]+)".*(?:executable file not found|no such file|permission denied)'
)
_WRONG_FORMAT = re.compile(r"exec format error")
_CANNOT_MEND = frozenset(
    {"image-invalid", "command-missing", "image-platform", "runs-as-root", "container-not-started"}
)
PULLING = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}
    | {"ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"}
)
STARTING = frozenset({"RunContainerError", "StartError", "ContainerCannotRun"})


def trouble_of_waiting(reason: str, message: str, image: str, details: Details) -> Trouble | None:
    """Say what a waiting container waits for; None while all goes its way.

    ``reason`` and ``message`` are the container's (the kubelet's words), ``image`` its image.
    """
    if reason in PULLING:
        cause = cause_of_pull(message, image, details)
    elif reason in STARTING:
        cause = cause_of_start(message, details)
    elif reason in ("CreateContainerConfigError", "CreateContainerError"):
        cause = cause_of_settings(message, details)
    else:
        return None
    return Trouble(cause, cause.reason in _CANNOT_MEND)


def cause_of_pull(message: str, image: str, details: Details) -> Cause:
    """Say why an image cannot be had; ``image`` may be empty when the message names it."""
    named = _IMAGE.search(message)
    about: Details = {**details, "image": image or (named[1] if named else "")}
    words = message.replace(str(about["image"]) or "\0", "")  # its name may be made of such words
    reason = next((reason for reason, said in _PULL if said.search(words)), "")
    if reason == "registry-unreachable":
        why = _INNERMOST.search(message)
        return Cause(reason, {**about, **({"why": one_line(why[0])} if why else {})})
    if reason:
        return Cause(reason, about)
    return Cause("image-unavailable", {**about, "why": one_line(message)})


def cause_of_settings(message: str, details: Details) -> Cause:
    """Say why a container cannot be made from its pod's settings."""
    missing = _MISSING.search(message)
    if missing is not None:
        return Cause("secret-missing", {**details, "kind": missing[1], "name": missing[2]})
    no_key = _NO_KEY.search(message)
    if no_key is not None:
        kind = no_key[2].lower()
        return Cause(
            "secret-missing", {**details, "kind": kind, "name": no_key[4], "key": no_key[1]}
        )
    if _AS_ROOT.search(message):
        return Cause("runs-as-root", details)
    return Cause("container-not-created", {**details, "why": one_line(message)})


def cause_of_start(message: str, details: Details) -> Cause:
    """Say why the first process of a container could not be executed."""
    command = _NO_COMMAND.search(message)
    if command is not None:
        return Cause("command-missing", {**details, "command": command[1]})
    if _WRONG_FORMAT.search(message):
        return Cause("image-platform", details)
    return Cause("container-not-started", {**details, "why": one_line(message)})
