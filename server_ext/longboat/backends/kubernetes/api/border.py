"""Where foreign errors stop: what the packages raise and what the API server answers, as ours.

Nothing of urllib3, http.client or kubernetes leaves ``backends/kubernetes`` as an exception.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from longboat.errors import (
    Broken,
    Conflict,
    LongboatError,
    NotFound,
    TooLarge,
    Unavailable,
    UserError,
)
from longboat.explain.words import one_line
from longboat.spec.decoding import UNDECODABLE


class Refused(UserError):
    """The API server will not do this, however often it is asked."""

    def __init__(
        self, sentence: str, status: int, reason: str, message: str, details: Mapping[str, Any]
    ) -> None:
        """Keep the HTTP status, and reason, message and details of the Status object."""
        super().__init__(sentence)
        self.http_status = status
        self.status = status
        self.reason = reason
        self.message = message
        self.details = details

    @property
    def namespace_terminating(self) -> bool:
        """Whether it is refused because the namespace is being deleted."""
        causes = self.details.get("causes") or ()
        return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


class Unauthorized(Unavailable):
    """The credentials are not accepted (any more)."""


class Unreachable(Unavailable):
    """No API server answers at the address, or none that can be trusted."""


class TimedOut(Unavailable):
    """Nothing came for as long as was to be waited."""


class Gone(Unavailable):
    """The version asked for is older than what the server remembers: list anew."""


class NoLogYet(Unavailable):
    """The container has not started."""


@contextlib.contextmanager
def border(cluster: str) -> Iterator[None]:
    """Translate what the packages raise while the API server is talked to."""
    try:
        yield
    except LongboatError:
        raise
    except Exception as error:
        ours = translated(error, cluster)
        if ours is None:
            raise
        raise ours from error


def translated(error: Exception, cluster: str) -> LongboatError | None:
    """Tell what an exception of the packages means; None for one that is none of theirs."""
    from kubernetes.client import exceptions as client
    from urllib3 import exceptions as transport

    match error:
        case transport.NewConnectionError():
            return _unreachable(cluster, _reason(error))
        case transport.ConnectTimeoutError():
            return _unreachable(cluster, "nothing answers there")
        case transport.TimeoutError():
            return TimedOut(f"The cluster {cluster} took too long to answer. Try again later.")
        case client.ApiException():  # the package's own, for what goes wrong with TLS
            return _unreachable(cluster, one_line(str(error.reason)))
        case transport.HTTPError() | transport.ProxySchemeUnsupported():
            return _unreachable(cluster, _reason(error))
        case http.client.HTTPException() | OSError():
            return _unreachable(cluster, _reason(error))
        case client.OpenApiException():
            return Broken(f"A call to the cluster {cluster} was made wrongly: {_reason(error)}.")
    return None


def _unreachable(cluster: str, why: str) -> Unreachable:
    return Unreachable(
        f"The cluster {cluster} cannot be reached ({why}). Check the network, a VPN, and the "
        "server's address and certificate in the kubeconfig."
    )


def _reason(error: BaseException) -> str:
    """What lies at the bottom: urllib3 wraps errors, and names its own objects in what it says."""
    inner = error.__cause__ or (error.args or (None,))[-1]
    if isinstance(inner, BaseException):
        return _reason(inner)
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return one_line(str(said))


def decoded(body: bytes, cluster: str) -> dict[str, Any]:
    """Read an object of the API. Raises Unavailable when something else has answered."""
    try:
        found = msgspec.json.decode(body)
    except UNDECODABLE:
        found = None
    if not isinstance(found, dict):
        raise Unavailable(
            f"What answers for the cluster {cluster} is no Kubernetes API server (a proxy, or a "
            "login page?). Check the server's address in the kubeconfig."
        )
    return found


def error_of(status: int, body: bytes, what: str, cluster: str) -> LongboatError:
    """Make the error for an answer other than 2xx; ``what`` reads like ``create the Pod x``."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except UNDECODABLE:
        text = "" if body.lstrip()[:1] in (b"<", b"{", b"[") else body.decode(errors="replace")
        said = {"message": text or http.client.responses.get(status, "")}
    if said.get("kind") != "Status" and status not in (401, 404):
        return _not_now(status, said, what, cluster)  # a proxy's word is not the API server's
    return error_of_status({**said, "code": status}, what, cluster)


def _not_now(status: int, said: Mapping[str, Any], what: str, cluster: str) -> Unavailable:
    return Unavailable(
        f"The cluster {cluster} cannot {what} now (HTTP {status}: {_message(said)}). Try again "
        "later."
    )


def _message(said: Mapping[str, Any]) -> str:
    message = said.get("message") or said.get("reason") or "no reason given"
    return one_line(str(message)).rstrip(".")


def error_of_status(said: Mapping[str, Any], what: str, cluster: str) -> LongboatError:
    """Make the error for a Status object (its meanings: Kubernetes' API conventions)."""
    status, reason = int(said.get("code") or 500), str(said.get("reason") or "")
    message = str(said.get("message") or "")
    sentence = f"The cluster {cluster} refuses to {what}: {_message(said)}."
    if status == 401 or (status == 403 and '"system:anonymous"' in message):
        return Unauthorized(
            f"The cluster {cluster} does not accept the credentials of the kubeconfig. Renew "
            "them (log in again), then try again."
        )
    if status == 410:
        return Gone(sentence)
    if status == 413 or "request is too large" in message:
        return TooLarge(f"{sentence} It is larger than the cluster stores; send less.")
    if status == 404:
        return NotFound(
            f"The cluster {cluster} cannot {what}: {_message(said)}. Check the name; kubectl get "
            "lists what there is."
        )
    if status == 409 and reason == "AlreadyExists":
        return Conflict(sentence)
    if status == 400 and "waiting to start" in message:
        return NoLogYet(sentence)
    if status in (408, 409, 429) or not 400 <= status < 500:
        return _not_now(status, said, what, cluster)
    return Refused(sentence, status, reason, message, said.get("details") or {})
