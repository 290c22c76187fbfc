"""What things may be called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

from longboat.errors import BadInput
from longboat.spec.problems import shown

NamedKind = Literal["job", "model", "service"]

# RFC 1035's label, because names become DNS names on a cluster: <job>-<id>-<attempt>,
# <model>-v<N>; the limits leave room for those suffixes in its 63 characters.
LONGEST: dict[NamedKind, int] = {"job": 30, "model": 50, "service": 40}
_LABEL = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
    rf"{_PART}(?:/{_PART})*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
_RESERVED = ("LONGBOAT_",)
_RESERVED_WHOLE = frozenset({"TF_CONFIG"})


def check_name(kind: NamedKind, name: object, field: str | None = None) -> str:
    """Give the name back when it is one; else raise BadInput with the rule and a suggestion."""
    longest = LONGEST[kind]
    if isinstance(name, str) and len(name) <= longest and _LABEL.fullmatch(name):
        return name
    suggestion = slug(name, kind) if isinstance(name, str) else kind
    raise BadInput.of(
        field or kind,
        f'"{shown(name)}" cannot be the name of a {kind}: a name has lower-case letters, digits '
        f"and hyphens, starts with a letter, does not end with a hyphen and has at most "
        f'{longest} characters; for example "{suggestion}".',
    )


def slug(text: str, kind: NamedKind = "job") -> str:
    """Make a valid name of any text, such as a notebook's file name without its suffix."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not name[:1].isalpha():
        name = f"{kind}-{name}"
    return name[: LONGEST[kind]].strip("-")


def check_variable(name: object, field: str, allowed: Collection[str] = ()) -> str:
    """Give the name of an environment variable back, or raise BadInput.

    ``LONGBOAT_*`` and ``TF_CONFIG`` are refused, save those ``allowed``: Longboat sets them for
    each replica.
    """
    if not isinstance(name, str) or len(name) > 255 or not _VARIABLE.fullmatch(name):
        raise BadInput.of(
            field,
            f'"{shown(name)}" cannot be the name of an environment variable: it has letters, '
            "digits and underscores and does not start with a digit.",
        )
    reserved = name in _RESERVED_WHOLE or name.startswith(_RESERVED)
    if reserved and name not in allowed:
        raise BadInput.of(
            field, f"{name} is set by Longboat itself for each replica; choose another name."
        )
    return name


def check_image(image: object, field: str = "image") -> str:
    """Give an image's reference back, or raise BadInput: ``[host[:port]/]path[:tag][@digest]``.

    The grammar is that of github.com/distribution/reference, which Kubernetes uses.
    """
    if isinstance(image, str) and len(image) <= 512 and _IMAGE.fullmatch(image):
        return image
    raise BadInput.of(
        field,
        f'"{shown(image)}" is not an image: write it like registry.example.org/team/trainer:1.0, '
        "in lower case but for the tag.",
    )


def check_claim(name: object, field: str = "volume") -> str:
    """Give the name of a PersistentVolumeClaim back, or raise BadInput."""
    return check_object(name, "a volume claim", field)


def check_object(name: object, what: str, field: str, longest: int = 253) -> str:
    """Give the name of a Kubernetes object back (RFC 1123's subdomain), or raise BadInput.

    ``what`` it is the name of, as a sentence says it: "a volume claim".
    """
    if isinstance(name, str) and len(name) <= longest and _SUBDOMAIN.fullmatch(name):
        return name
    raise BadInput.of(
        field,
        f'"{shown(name)}" cannot be the name of {what}: it has lower-case letters, digits, hyphens '
        f"and dots, begins and ends with a letter or digit and has at most {longest} characters.",
    )
