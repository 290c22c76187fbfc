"""One reading of the credentials, and HTTP with them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from longboat import __version__
from longboat.backends.kubernetes.api.border import Unauthorized, Unreachable, border, error_of
from longboat.backends.kubernetes.api.credentials import read_configuration
from longboat.backends.kubernetes.api.stream import Stream
from longboat.spec.cluster import ClusterConfig

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
TRUST_SECONDS = 10.0
"""After this, a kubeconfig through which nothing is reached any more is read again."""
MERGE_PATCH = "application/merge-patch+json"

Given = TypeVar("Given")


class Request(NamedTuple):
    """What is asked of the API server; ``what`` says it for people: ``create the Pod x``."""

    what: str
    method: str
    path: str
    query: Mapping[str, str | int] = {}
    body: Mapping[str, Any] | None = None
    content_type: str = "application/json"


class Connection:
    """Thread-safe; keeps HTTP connections, and the credentials as they were when it was made."""

    def __init__(self, config: ClusterConfig) -> None:
        """Read the credentials. Raises Unavailable when there are none that can be used."""
        from kubernetes.client.rest import RESTClientObject

        self.made = time.monotonic()
        self._cluster = config.name
        self._lock = threading.Lock()
        with border(config.name):
            self._settings, self.namespace = read_configuration(config)
            self._client = RESTClientObject(self._settings)

    @property
    def identity(self) -> str:
        """What tells this cluster from others, also after it has moved.

        That is who signs its certificates; where no file says so, its address.
        """
        try:
            signed = Path(self._settings.ssl_ca_cert or "").read_bytes()
        except OSError:
            return str(self._settings.host)
        return hashlib.sha256(signed).hexdigest()

    def call(self, request: Request) -> bytes:
        """Give the body of the answer. Raises what border.error_of makes of any other than 2xx."""
        with border(self._cluster):
            response = self._send(request, READ_SECONDS)
            body = response.data
        self._check(request, response.status, body)
        return body

    def open(self, request: Request, read_seconds: float) -> Stream:
        """Give the body as it comes; ``read_seconds`` is how long it may be silent."""
        with border(self._cluster):
            response = self._send(request, read_seconds, connection="close")
            body = b"" if 200 <= response.status < 300 else response.data
        self._check(request, response.status, body)
        return Stream(response, self._cluster)

    def _send(self, request: Request, read_seconds: float, **headers: str) -> BaseHTTPResponse:
        url = self._settings.host + request.path
        if request.query:
            url += "?" + urlencode(request.query)
        answer = self._client.request(  # type: ignore[no-untyped-call]
            request.method,
            url,
            headers={**self._headers(request), **headers},
            body=request.body,
            _request_timeout=(CONNECT_SECONDS, read_seconds),
        )
        response: BaseHTTPResponse = answer.response
        return response

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": f"longboat/{__version__}"}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        with self._lock:  # this may renew the token: once is enough
            token = self._settings.get_api_key_with_prefix("BearerToken", alias="authorization")
        if token:
            headers["Authorization"] = self._clean(token)
        return headers

    def _clean(self, token: str) -> str:
        """A file with a token ends with a newline; http.client would show what it refuses."""
        token = token.strip()
        if not (token.isascii() and token.isprintable()):
            raise Unauthorized(
                f"The token for the cluster {self._cluster} has characters that no token has. "
                "Write it to its file again."
            )
        return token

    def _check(self, request: Request, status: int, body: bytes) -> None:
        if not 200 <= status < 300:
            raise error_of(status, body, request.what, self._cluster)


class Link:
    """The connection to a cluster: made when it is needed, and anew when it is no use any more."""

    def __init__(self, config: ClusterConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    @property
    def namespace(self) -> str:
        """The namespace to use. Raises Unavailable when the credentials cannot be read."""
        return self._config.namespace or self._connected().namespace

    @property
    def identity(self) -> str:
        """See Connection. Raises Unavailable when the credentials cannot be read."""
        return self._connected().identity

    def use(self, do: Callable[[Connection], Given]) -> Given:
        """Do it; once more with credentials read anew when the ones we have are not accepted."""
        connection = self._connected()
        try:
            return do(connection)
        except Unauthorized:
            self._forget(connection)
            return do(self._connected())
        except Unreachable:
            if time.monotonic() - connection.made > TRUST_SECONDS:
                self._forget(connection)  # the cluster may have another address by now
            raise

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None:
                self._connection = Connection(self._config)
            return self._connection

    def _forget(self, connection: Connection) -> None:
        """Make a new one for the next call, unless somebody has; running calls keep theirs."""
        with self._lock:
            if self._connection is connection:
                self._connection = None
